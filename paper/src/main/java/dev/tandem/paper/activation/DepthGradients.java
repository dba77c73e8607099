package dev.tandem.paper.activation;

import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Placement;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.paper.activation.Chain.Unit;
import dev.tandem.paper.data.BalancedImages;
import dev.tandem.paper.picture.ExperimentPicture;
import dev.tandem.paper.picture.LineChart;
import dev.tandem.paper.picture.Palette;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * How long gradients are in each layer of a deep chain before it has learnt anything.
 *
 * @param depth hidden layers
 * @param width units of each
 * @param images in the batch
 * @param chains one for each function and start
 */
public record DepthGradients(int depth, int width, int images, List<OfChain> chains) {
    private static final int MOST_IMAGES = 100;
    private static final int WIDTH = 100;
    private static final int HEIGHT = 380;
    private static final double LEAST = 1e-30;

    /**
     * The gradients of one chain, from the first hidden layer to the last.
     *
     * @param function its function
     * @param start of its weights
     * @param weightGradients the Euclidean length of the gradient of the loss with respect to each layer's weights
     * @param inputGradients the Euclidean length of the gradient of the class's score with respect to each layer's
     *     input, mean over the images
     */
    public record OfChain(String function, String start, List<Double> weightGradients, List<Double> inputGradients) {}

    /** Measures chains of {@code depth} hidden layers with sigmoid, tanh and ReLU from each start. */
    static DepthGradients measure(Placement placement, BalancedImages images, int depth, long seed) {
        int count = Math.min(MOST_IMAGES, images.count());
        List<OfChain> chains = new ArrayList<>();
        try (BatchStream stream = images.batches(count)) {
            HostBatch batch = stream.next();
            for (Start start : Start.values()) {
                for (Unit function : List.of(Unit.SIGMOID, Unit.TANH, Unit.RELU)) {
                    Recipe recipe = new Chain(function, start, depth, WIDTH).recipe(images.classes(), 1, 0, 1, count);
                    try (PlacedModel model = placement.place(recipe)) {
                        model.initialize(seed);
                        chains.add(measure(model, batch, function, start, depth, seed));
                    }
                }
            }
        }
        return new DepthGradients(depth, WIDTH, count, chains);
    }

    private static OfChain measure(
            PlacedModel model, HostBatch batch, Unit function, Start start, int depth, long seed) {
        Map<String, Double> norms = model.gradientNorms(batch, new StepSettings(seed, 0, 0));
        int[] labels = Arrays.copyOf(batch.labels(), batch.rows());
        List<Double> weights = new ArrayList<>();
        List<Double> inputs = new ArrayList<>();
        for (int number = 1; number <= depth; number++) {
            weights.add(norms.get(Chain.layer(number) + ".weight"));
            String input = number == 1 ? Network.INPUT : Chain.function(number - 1);
            inputs.add(meanLength(model.gradient(batch, input, labels), batch.rows()));
        }
        return new OfChain(function.label(), start.label(), weights, inputs);
    }

    private static double meanLength(float[] values, int rows) {
        int elements = values.length / rows;
        double sum = 0;
        for (int row = 0; row < rows; row++) {
            double squares = 0;
            for (int i = row * elements; i < (row + 1) * elements; i++) {
                squares += (double) values[i] * values[i];
            }
            sum += Math.sqrt(squares);
        }
        return sum / rows;
    }

    /** The lengths against the layers, a panel for each start and kind of gradient. */
    BufferedImage picture() {
        ExperimentPicture picture =
                new ExperimentPicture("Gradients through " + depth + " layers before training: sigmoid, tanh, ReLU");
        for (Start start : Start.values()) {
            LineChart weights = chart("Weights begin as " + start.label(), "gradient of the weights");
            LineChart inputs = chart("Weights begin as " + start.label(), "gradient of the layer's input");
            List<OfChain> own = chains.stream()
                    .filter(chain -> chain.start().equals(start.label()))
                    .toList();
            for (int i = 0; i < own.size(); i++) {
                curve(weights, own.get(i).function(), own.get(i).weightGradients(), Palette.of(i));
                curve(inputs, own.get(i).function(), own.get(i).inputGradients(), Palette.of(i));
            }
            picture.add(weights.chart(), inputs.chart(), seen(own));
        }
        return picture.draw();
    }

    private static LineChart chart(String title, String y) {
        return new LineChart(
                        ExperimentPicture.WIDTH / 2, HEIGHT, title, "layer (1 is next to the image)", y + ", length")
                .logarithmic();
    }

    private static void curve(LineChart chart, String function, List<Double> lengths, Palette style) {
        double[] layers =
                IntStream.rangeClosed(1, lengths.size()).mapToDouble(i -> i).toArray();
        double[] values =
                lengths.stream().mapToDouble(length -> Math.max(LEAST, length)).toArray();
        chart.x(1, lengths.size()).marked(function, layers, values, style);
    }

    private static String seen(List<OfChain> chains) {
        StringBuilder text = new StringBuilder("From layer "
                + chains.get(0).inputGradients().size() + " down to the image the gradient is multiplied by ");
        for (int i = 0; i < chains.size(); i++) {
            List<Double> lengths = chains.get(i).inputGradients();
            double factor = lengths.get(0) / lengths.get(lengths.size() - 1);
            text.append(i == 0 ? "" : ", ")
                    .append(power(factor) + " (" + chains.get(i).function() + ")");
        }
        return text.append(
                        ". Sigmoid's slope is 1/4 at most, so each layer takes a part of the gradient: the first ones hardly"
                                + " learn.")
                .toString();
    }

    /** As {@code 1.3 x 10^-17}. */
    private static String power(double factor) {
        int exponent = (int) Math.floor(Math.log10(factor));
        return exponent >= -2
                ? String.format(Locale.ROOT, "%.2f", factor)
                : String.format(Locale.ROOT, "%.1f x 10^%d", factor / Math.pow(10, exponent), exponent);
    }
}
