package dev.tandem.analysis.similarity;

import dev.tandem.nn.checkpoint.PretrainedModel;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Placement;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The Learned Perceptual Image Patch Similarity of two images, version 0.1: 0 for equal ones, and the more the more they
 * differ to people, about 0.7 for quite different photographs. Behind each of five convolutions and its ReLU, the
 * features of each place are brought to unit length over the channels; the squared differences between the images are
 * weighted by channel, summed, averaged over the places, and summed over the layers.
 *
 * <p>The net is torchvision's AlexNet, recipe {@code owt}. It is placed for the size of the images, whatever it was
 * trained on; images of another size than the last have it placed again. For one thread.
 */
public final class Lpips implements AutoCloseable {
    /** The least width and height of images: of less, the last layers have no output. */
    public static final int LEAST_SIDE = 31;

    /** The most pixels of an image. */
    public static final int MOST_PIXELS = 1 << 24;

    private static final String[] LAYERS = {"relu1", "relu2", "relu3", "relu4", "relu5"};
    private static final int COLOURS = 3;
    private static final double TINY = 1e-10;

    /** Of red, green and blue from -1 to 1. */
    private static final double[] SHIFT = {-0.030, -0.088, -0.188};

    private static final double[] SCALE = {0.458, 0.448, 0.450};

    private final Placement placement;
    private final Network network;
    private final Map<String, float[]> parameters = new HashMap<>();
    private final List<float[]> weights = LpipsWeights.read();
    private @Nullable PlacedModel model;
    private @Nullable HostBatch batch;

    /**
     * LPIPS by the convolutions of {@code trained}, which may be closed afterwards.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) if it is no AlexNet of torchvision's shape
     */
    public Lpips(PretrainedModel trained, Placement placement) {
        this.placement = placement;
        Network whole = trained.description()
                .choice()
                .recipe(trained.classNames().size())
                .network();
        this.network = trunk(trained, whole);
        for (ParameterSpec spec : network.parameters(row(LEAST_SIDE, LEAST_SIDE))) {
            parameters.put(spec.name(), trained.read(spec.name()));
        }
    }

    private static Shape row(int height, int width) {
        return Shape.of(2, COLOURS, height, width);
    }

    private Network trunk(PretrainedModel trained, Network whole) {
        List<Integer> wanted = weights.stream().map(channels -> channels.length).toList();
        List<Integer> found = new ArrayList<>();
        Network convolutions = null;
        try {
            convolutions = whole.withOutputs(LAYERS);
            convolutions.outputShapes(List.of(row(LEAST_SIDE, LEAST_SIDE))).forEach(shape -> found.add(shape.dim(1)));
        } catch (TandemException e) {
            found.clear(); // another net, without such layers or for other inputs
        }
        if (!found.equals(wanted)) {
            throw TandemException.of(
                    ErrorCode.INVALID_CHECKPOINT,
                    "compare",
                    "the weights of LPIPS are for another net than that of " + trained.file(),
                    trained.description().recipe() + (found.isEmpty() ? "" : " with " + found + " channels"),
                    "owt with " + wanted + " channels",
                    "Import torchvision's AlexNet: ./tandem import alexnet-owt-7be5be79.pth --run DIR");
        }
        return convolutions;
    }

    /**
     * The distance of two images of the same size.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) if their sizes differ, or are too small or too large
     */
    public double distance(BufferedImage a, BufferedImage b) {
        int width = a.getWidth();
        int height = a.getHeight();
        if (b.getWidth() != width || b.getHeight() != height) {
            throw invalid(
                    "the images are of different sizes",
                    size(a) + " and " + size(b),
                    "the same size",
                    "Resize or crop one of them");
        }
        if (Math.min(width, height) < LEAST_SIDE || (long) width * height > MOST_PIXELS) {
            throw invalid(
                    "the images are too small or too large",
                    size(a),
                    LEAST_SIDE + " pixels or more each way, and at most " + MOST_PIXELS + " together",
                    "Resize both");
        }
        place(row(height, width));
        write(a, batch.images().array(), 0);
        write(b, batch.images().array(), COLOURS * width * height);
        double distance = 0;
        for (int layer = 0; layer < LAYERS.length; layer++) {
            distance += layerDistance(model.features(batch, LAYERS[layer]), weights.get(layer));
        }
        return distance;
    }

    private static String size(BufferedImage image) {
        return image.getWidth() + "x" + image.getHeight();
    }

    private static TandemException invalid(String wrong, String got, String expected, String advice) {
        return TandemException.of(ErrorCode.INVALID_DATA, "compare", wrong, got, expected, advice);
    }

    private void place(Shape shape) {
        if (batch != null && batch.shape().equals(shape)) {
            return;
        }
        close();
        model = placement.place(network, shape);
        parameters.forEach(model::write);
        batch = new HostBatch(shape);
    }

    private static void write(BufferedImage image, float[] out, int at) {
        int width = image.getWidth();
        int plane = width * image.getHeight();
        int[] row = new int[width];
        for (int y = 0; y < image.getHeight(); y++) {
            image.getRGB(0, y, width, 1, row, 0, width);
            for (int x = 0; x < width; x++) {
                for (int colour = 0; colour < COLOURS; colour++) {
                    int level = row[x] >> 8 * (COLOURS - 1 - colour) & 0xFF;
                    out[at + colour * plane + y * width + x] =
                            (float) ((level / 127.5 - 1 - SHIFT[colour]) / SCALE[colour]);
                }
            }
        }
    }

    /** Of features {@code (2, channels, places)}. */
    private static double layerDistance(float[] features, float[] weights) {
        int half = features.length / 2;
        int places = half / weights.length;
        double[] lengthsA = lengths(features, 0, weights.length, places);
        double[] lengthsB = lengths(features, half, weights.length, places);
        double sum = 0;
        for (int channel = 0; channel < weights.length; channel++) {
            double differences = 0;
            for (int place = 0; place < places; place++) {
                int at = channel * places + place;
                double difference = features[at] / lengthsA[place] - features[half + at] / lengthsB[place];
                differences += difference * difference;
            }
            sum += weights[channel] * differences;
        }
        return sum / places;
    }

    private static double[] lengths(float[] features, int from, int channels, int places) {
        double[] lengths = new double[places];
        for (int channel = 0; channel < channels; channel++) {
            for (int place = 0; place < places; place++) {
                double feature = features[from + channel * places + place];
                lengths[place] += feature * feature;
            }
        }
        for (int place = 0; place < places; place++) {
            lengths[place] = Math.sqrt(lengths[place]) + TINY;
        }
        return lengths;
    }

    @Override
    public void close() {
        if (model != null) {
            model.close();
            model = null;
            batch = null;
        }
    }
}
