package dev.tandem.imagenet.shard;

import dev.tandem.imagenet.decode.BadImage;
import dev.tandem.imagenet.decode.ImageDecoder;
import dev.tandem.imagenet.decode.ImageInfo;
import dev.tandem.imagenet.decode.NotEnoughMemory;
import dev.tandem.imagenet.decode.OpenCvImage;
import dev.tandem.imagenet.decode.Ppm;
import dev.tandem.imagenet.decode.RgbImage;
import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.statistics.PixelSums;
import java.util.Optional;

/** Makes what a shard holds of encoded images; for one thread. */
final class PackWorker implements AutoCloseable {
    private final PackOptions options;
    private final ImageDecoder decoder;
    private final RgbImage image = new RgbImage();
    private final byte[] square;
    /** Absent if pixels are packed as they are, for which OpenCV is not needed. */
    private final Optional<OpenCvImage> openCv;

    PackWorker(PackOptions options, ImageOptions images) {
        this.options = options;
        this.square = new byte[RgbImage.CHANNELS * options.side() * options.side()];
        // Before the decoder's first image, so that OpenCV is there for it, too.
        this.openCv = options.encoding() == PackOptions.Encoding.JPEG
                ? Optional.of(new OpenCvImage(options.side()))
                : Optional.empty();
        this.decoder = new ImageDecoder(options.side(), images.with(options.orientation()));
    }

    /** Packs image {@code index} of {@code files}; adds its centre square to {@code sums}, if not null. */
    PackedImage pack(ImageFiles files, int index, PixelSums sums) {
        String file = files.nameInSet(index);
        ImageInfo info;
        try {
            info = decode(files.read(index));
        } catch (OutOfMemoryError e) {
            throw NotEnoughMemory.forImage(files.place(index), e);
        } catch (BadImage e) {
            return PackedImage.quarantined(file, e.getMessage());
        }
        if (sums != null) {
            add(sums);
        }
        byte[] packed = openCv.map(pixels -> pixels.jpeg(options.quality())).orElseGet(() -> Ppm.write(image));
        return PackedImage.of(file, packed, info);
    }

    private ImageInfo decode(byte[] encoded) throws BadImage {
        if (openCv.isPresent() && !options.square()) {
            return decoder.decode(encoded, image, openCv.get());
        }
        ImageInfo info = options.square()
                ? decoder.decode(encoded, image.resize(options.side(), options.side()))
                : decoder.decode(encoded, image);
        openCv.ifPresent(pixels -> pixels.put(image));
        return info;
    }

    private void add(PixelSums sums) {
        if (openCv.isPresent()) {
            openCv.get().centreSquare(square);
            long[] products = openCv.get().channelProducts();
            synchronized (sums) {
                sums.add(square, products);
            }
        } else {
            image.centreSquare(square);
            synchronized (sums) {
                sums.add(square);
            }
        }
    }

    @Override
    public void close() {
        decoder.close();
        openCv.ifPresent(OpenCvImage::close);
    }
}
