package dev.tandem.paper.activation;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.ActivationHealth;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Placement;
import dev.tandem.nn.train.Trainer;
import dev.tandem.paper.activation.Chain.Unit;
import dev.tandem.paper.data.BalancedImages;
import dev.tandem.paper.picture.ExperimentPicture;
import dev.tandem.paper.picture.LineChart;
import dev.tandem.paper.picture.Palette;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The share of each layer's outputs that are saturated, over the epochs of a training: those where the function's slope
 * is below a twentieth of its greatest, {@code |tanh| > 0.975}, or a sigmoid below 0.013 or above 0.987.
 *
 * @param epochs trained
 * @param rate the learning rate
 * @param images measured on, the same each time
 * @param chains one for each function
 */
public record Saturation(int epochs, double rate, int images, List<OfChain> chains) {
    private static final int MOST_IMAGES = 256;
    private static final int DEPTH = 4;
    private static final int WIDTH = 100;
    private static final int HEIGHT = 380;
    private static final double MOMENTUM = 0.9;

    /**
     * One chain.
     *
     * @param function its function
     * @param saturated by layer, from the first: the share at the start and after each epoch, 0 to 1
     * @param trainingErrors after each epoch, on the images measured, 0 to 1
     */
    public record OfChain(String function, List<List<Double>> saturated, List<Double> trainingErrors) {}

    /** Trains chains of sigmoid and tanh on all training images. */
    static Saturation measure(
            Placement placement,
            ImageFolder data,
            BalancedImages images,
            double rate,
            int epochs,
            int batch,
            long seed) {
        int count = Math.min(MOST_IMAGES, images.count());
        List<OfChain> chains = new ArrayList<>();
        for (Unit function : List.of(Unit.SIGMOID, Unit.TANH)) {
            Recipe recipe = new Chain(function, Start.LECUN, DEPTH, WIDTH)
                    .recipe(images.classes(), rate, MOMENTUM, epochs, batch);
            List<List<Double>> saturated = IntStream.range(0, DEPTH)
                    .<List<Double>>mapToObj(i -> new ArrayList<>())
                    .toList();
            List<Double> errors = new ArrayList<>();
            try (PlacedModel model = placement.place(recipe);
                    BatchStream stream = images.batches(count)) {
                HostBatch fixed = stream.next();
                model.initialize(seed);
                add(model, fixed, saturated);
                Trainer trainer = new Trainer(recipe, model, data, (epoch, state, trained) -> {
                    add(trained, fixed, saturated);
                    errors.add(images.error(recipe, trained, batch));
                });
                trainer.train(trainer.begin(seed));
            }
            chains.add(new OfChain(function.label(), saturated, errors));
        }
        return new Saturation(epochs, rate, count, chains);
    }

    private static void add(PlacedModel model, HostBatch fixed, List<List<Double>> saturated) {
        Map<String, ActivationHealth> health = model.activations(fixed);
        for (int i = 0; i < DEPTH; i++) {
            saturated.get(i).add(health.get(Chain.layer(i + 1)).saturatedShare());
        }
    }

    /** The shares against epochs, a panel for each function. */
    BufferedImage picture() {
        ExperimentPicture picture = new ExperimentPicture(
                String.format(Locale.ROOT, "Saturation at learning rate %s: outputs where the function is flat", rate));
        for (OfChain chain : chains) {
            LineChart chart = new LineChart(
                            ExperimentPicture.WIDTH, HEIGHT, chain.function(), "epoch", "saturated outputs, %")
                    .x(0, epochs)
                    .y(0, 100);
            for (int i = 0; i < chain.saturated().size(); i++) {
                double[] shares = chain.saturated().get(i).stream()
                        .mapToDouble(share -> 100 * share)
                        .toArray();
                double[] at = IntStream.range(0, shares.length)
                        .mapToDouble(epoch -> epoch)
                        .toArray();
                chart.curve("layer " + (i + 1), at, shares, Palette.of(i));
            }
            picture.add(chart.chart(), seen(chain));
        }
        return picture.draw();
    }

    private static String seen(OfChain chain) {
        StringBuilder text = new StringBuilder("Saturated at the end: ");
        for (int i = 0; i < chain.saturated().size(); i++) {
            List<Double> shares = chain.saturated().get(i);
            text.append(String.format(
                    Locale.ROOT,
                    "%s%.0f %% in layer %d",
                    i == 0 ? "" : ", ",
                    100 * shares.get(shares.size() - 1),
                    i + 1));
        }
        double error = chain.trainingErrors().get(chain.trainingErrors().size() - 1);
        return text.append(String.format(
                        Locale.ROOT,
                        ". There the gradient is less than a twentieth of what it could be. Training error at the end: %.0f %%.",
                        100 * error))
                .toString();
    }
}
