package dev.tandem.imagenet.shard;

import dev.tandem.imagenet.decode.BadImage;
import dev.tandem.imagenet.decode.ImageDecoder;
import dev.tandem.imagenet.decode.ImageInfo;
import dev.tandem.imagenet.decode.NotEnoughMemory;
import dev.tandem.imagenet.decode.OpenCvCodec;
import dev.tandem.imagenet.decode.Ppm;
import dev.tandem.imagenet.decode.RgbImage;
import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.statistics.PixelSums;

/** Makes what a shard holds of encoded images; for one thread. */
final class PackWorker implements AutoCloseable {
    private final PackOptions options;
    private final ImageDecoder decoder;
    private final RgbImage image = new RgbImage();
    private final byte[] square;
    private OpenCvCodec codec;

    PackWorker(PackOptions options, ImageOptions images) {
        this.options = options;
        this.decoder = new ImageDecoder(options.side(), images.with(options.orientation()));
        this.square = new byte[RgbImage.CHANNELS * options.side() * options.side()];
    }

    /** Packs image {@code index} of {@code files}; adds its centre square to {@code sums}, if not null. */
    PackedImage pack(ImageFiles files, int index, PixelSums sums) {
        String file = files.nameInSet(index);
        ImageInfo info;
        try {
            byte[] encoded = files.read(index);
            info = options.square()
                    ? decoder.decode(encoded, image.resize(options.side(), options.side()))
                    : decoder.decode(encoded, image);
        } catch (OutOfMemoryError e) {
            throw NotEnoughMemory.forImage(files.place(index), e);
        } catch (BadImage e) {
            return PackedImage.quarantined(file, e.getMessage());
        }
        if (sums != null) {
            image.centreSquare(square);
            synchronized (sums) {
                sums.add(square);
            }
        }
        return PackedImage.of(file, encode(), info);
    }

    private byte[] encode() {
        if (options.encoding() == PackOptions.Encoding.RAW) {
            return Ppm.write(image);
        }
        if (codec == null) {
            codec = new OpenCvCodec(options.side());
        }
        return codec.encode(image, options.quality());
    }

    @Override
    public void close() {
        decoder.close();
        if (codec != null) {
            codec.close();
        }
    }
}
