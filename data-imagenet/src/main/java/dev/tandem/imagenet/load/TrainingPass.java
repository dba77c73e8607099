package dev.tandem.imagenet.load;

import dev.tandem.imagenet.decode.RgbImage;
import dev.tandem.imagenet.options.Sampling;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.RandomKey.Purpose;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * One epoch over a training set: which image comes when, and how it is varied. Everything follows from seed, epoch and
 * the image's index i in the set (with balanced sampling, in which an image may come twice, its position in the epoch),
 * by the Philox streams {@code (seed, purpose, step = epoch, stream = 0)}:
 *
 * <ul>
 *   <li>ORDER: the order of the images, see {@link EpochOrder};
 *   <li>CROP: element 4i is the crop's top offset, 4i + 1 its left offset, the lowest bit of 4i + 2 the reflection;
 *   <li>COLOUR: elements 4i to 4i + 2 are the factors of the three principal components, the largest first;
 *   <li>TRANSFORM: the stream is i, not 0; its numbers are drawn by the transforms of the augmentation, one by one.
 * </ul>
 */
public final class TrainingPass implements BatchPipeline.ImageWriter {

    private final DecodedSquares squares;
    private final CropWriter crops;
    private final Augmentation augmentation;
    private final int offsets;
    private final boolean varies;
    private final long firstIdentity;
    private final boolean repeats;
    private final EpochOrder order;
    private final RandomKey cropKey;
    private final RandomKey colourKey;
    private final long seed;
    private final int epoch;
    private final double[][] components;

    /**
     * An epoch.
     *
     * @param offsets how many offsets a crop may have along one side
     * @param firstIdentity the identity of the first image's row; those of the others follow. Rows have none if images
     *     vary
     */
    public TrainingPass(
            DecodedSquares squares,
            CropWriter crops,
            int offsets,
            TrainingStatistics statistics,
            Augmentation augmentation,
            Sampling sampling,
            long seed,
            int epoch,
            long firstIdentity) {
        this.squares = squares;
        this.crops = crops;
        this.offsets = offsets;
        this.augmentation = augmentation;
        this.seed = seed;
        this.epoch = epoch;
        this.varies = !augmentation.equals(Augmentation.none());
        this.firstIdentity = firstIdentity;
        this.repeats = sampling == Sampling.BALANCED;
        this.order = EpochOrder.of(squares.files(), sampling, seed, epoch);
        this.cropKey = new RandomKey(seed, Purpose.CROP, epoch, 0);
        this.colourKey = new RandomKey(seed, Purpose.COLOUR, epoch, 0);
        this.components = components(statistics, augmentation);
    }

    /** Which image comes when. */
    public EpochOrder order() {
        return order;
    }

    @Override
    public void write(int position, SquareDecoder decoder, HostBatch batch, int slot, float[] out, int at) {
        int image = order.image(position);
        int drawn = repeats ? position : image;
        long draw = 4L * drawn;
        int top = crops.centre();
        int left = crops.centre();
        if (augmentation.randomCrop()) {
            top = Philox.below(cropKey, draw, offsets);
            left = Philox.below(cropKey, draw + 1, offsets);
        }
        boolean reflected = augmentation.reflection() && (Philox.word(cropKey, draw + 2) & 1) == 1;
        Crop crop = new Crop(top, left, reflected, noise(draw));
        RandomGenerator random = new RandomKey(seed, Purpose.TRANSFORM, epoch, drawn).generator();
        if (augmentation.beforeCrop().isEmpty()) {
            squares.writeCrop(image, decoder, crops, crop, out, at);
        } else {
            float[] square = floats(squares.get(image, decoder));
            augmentation.beforeCrop().apply(squares.files().place(image), square, squareShape(), random);
            crops.write(square, crop, out, at);
        }
        if (augmentation.divisor() != 1) {
            divide(out, at, crops.elements(), (float) augmentation.divisor());
        }
        if (!augmentation.afterCrop().isEmpty()) {
            float[] input = Arrays.copyOfRange(out, at, at + crops.elements());
            augmentation.afterCrop().apply(squares.files().place(image), input, crops.shape(), random);
            System.arraycopy(input, 0, out, at, input.length);
        }
        batch.labels()[slot] = squares.files().label(image);
        if (!varies) {
            batch.setIdentity(slot, firstIdentity + image);
        }
    }

    private static float[] floats(byte[] pixels) {
        float[] values = new float[pixels.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = pixels[i] & 0xFF;
        }
        return values;
    }

    private Shape squareShape() {
        return Shape.of(RgbImage.CHANNELS, crops.side(), crops.side());
    }

    private static void divide(float[] values, int from, int count, float divisor) {
        for (int i = from; i < from + count; i++) {
            values[i] /= divisor;
        }
    }

    /** What is added to each channel of the image whose draws begin at {@code draw}, on the scale 0 to 255. */
    private float[] noise(long draw) {
        float[] noise = new float[RgbImage.CHANNELS];
        if (augmentation.colour() == Augmentation.Colour.NONE || augmentation.colourScale() == 0) {
            return noise;
        }
        double[] factors = new double[RgbImage.CHANNELS];
        for (int i = 0; i < RgbImage.CHANNELS; i++) {
            factors[i] = augmentation.colourScale() * Philox.gaussian(colourKey, draw + i);
        }
        for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
            double sum = 0;
            for (int i = 0; i < RgbImage.CHANNELS; i++) {
                sum += factors[i] * components[i][channel];
            }
            noise[channel] = (float) sum;
        }
        return noise;
    }

    /**
     * The principal directions with their lengths, on the scale 0 to 255: {@code sqrt(lambda) p}, or the paper's {@code
     * lambda p} on the scale 0 to 1. On that scale the covariance is 255^2 times less, and the noise 255 times.
     */
    static double[][] components(TrainingStatistics statistics, Augmentation augmentation) {
        double[][] components = new double[RgbImage.CHANNELS][RgbImage.CHANNELS];
        for (int i = 0; i < RgbImage.CHANNELS; i++) {
            double eigenvalue = statistics.eigenvalue(i);
            double length =
                    augmentation.colour() == Augmentation.Colour.EIGENVALUE ? eigenvalue / 255 : Math.sqrt(eigenvalue);
            for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
                components[i][channel] = length * statistics.eigenvector(i, channel);
            }
        }
        return components;
    }
}
