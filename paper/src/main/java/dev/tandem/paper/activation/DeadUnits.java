package dev.tandem.paper.activation;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Placement;
import dev.tandem.nn.train.Trainer;
import dev.tandem.paper.activation.Chain.Unit;
import dev.tandem.paper.data.BalancedImages;
import dev.tandem.paper.picture.ExperimentPicture;
import dev.tandem.paper.picture.LineChart;
import dev.tandem.paper.picture.Palette;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Units that die at too large a learning rate, and whether they come back. A unit is dead if what goes into its function
 * is 0 or less for every image measured: a ReLU is 0 then for all of them, and so is the gradient of its weights; a leaky
 * ReLU's is a hundredth.
 *
 * @param epochs trained
 * @param rate the learning rate
 * @param images measured on, the same each time
 * @param width units of a layer
 * @param chains one for each function
 */
public record DeadUnits(int epochs, double rate, int images, int width, List<OfChain> chains) {
    private static final int DEPTH = 3;
    private static final int WIDTH = 100;
    private static final int HEIGHT = 380;
    private static final double MOMENTUM = 0.9;

    /**
     * One chain.
     *
     * @param function its function
     * @param layers from the first
     * @param trainingErrors after each epoch, on the images measured, 0 to 1
     * @param diverged whether the loss was infinite after these epochs
     */
    public record OfChain(String function, List<OfLayer> layers, List<Double> trainingErrors, boolean diverged) {}

    /**
     * One layer.
     *
     * @param dead units that are dead, at the start and after each epoch
     * @param died units that were dead at one of these moments or more
     * @param revived units that were dead and were not at the next moment
     * @param deadAtEnd units that are dead at the end
     */
    public record OfLayer(List<Integer> dead, int died, int revived, int deadAtEnd) {}

    /** The dead units of a layer, moment by moment. */
    private static final class Watch {
        private final List<Integer> dead = new ArrayList<>();
        private final BitSet died = new BitSet();
        private final BitSet revived = new BitSet();
        private BitSet before = new BitSet();

        void add(BitSet now) {
            BitSet back = (BitSet) before.clone();
            back.andNot(now);
            revived.or(back);
            died.or(now);
            dead.add(now.cardinality());
            before = now;
        }

        OfLayer seen() {
            return new OfLayer(dead, died.cardinality(), revived.cardinality(), before.cardinality());
        }
    }

    /** Trains chains of ReLU and of leaky ReLU on all training images. */
    static DeadUnits measure(
            Placement placement,
            ImageFolder data,
            BalancedImages images,
            double rate,
            int epochs,
            int batch,
            long seed) {
        List<OfChain> chains = new ArrayList<>();
        for (Unit function : List.of(Unit.RELU, Unit.LEAKY_RELU)) {
            chains.add(chain(placement, data, images, function, rate, epochs, batch, seed));
        }
        return new DeadUnits(epochs, rate, images.count(), WIDTH, chains);
    }

    private static OfChain chain(
            Placement placement,
            ImageFolder data,
            BalancedImages images,
            Unit function,
            double rate,
            int epochs,
            int batch,
            long seed) {
        Recipe recipe =
                new Chain(function, Start.LECUN, DEPTH, WIDTH).recipe(images.classes(), rate, MOMENTUM, epochs, batch);
        List<Watch> layers =
                IntStream.range(0, DEPTH).mapToObj(i -> new Watch()).toList();
        List<Double> errors = new ArrayList<>();
        boolean diverged = false;
        try (PlacedModel model = placement.place(recipe)) {
            model.initialize(seed);
            add(model, images, batch, layers);
            Trainer trainer = new Trainer(recipe, model, data, (epoch, state, trained) -> {
                add(trained, images, batch, layers);
                errors.add(images.error(recipe, trained, batch));
            });
            trainer.train(trainer.begin(seed));
        } catch (TandemException e) {
            if (e.code() != ErrorCode.DIVERGED) {
                throw e;
            }
            diverged = true;
        }
        return new OfChain(function.label(), layers.stream().map(Watch::seen).toList(), errors, diverged);
    }

    private static void add(PlacedModel model, BalancedImages images, int batch, List<Watch> layers) {
        for (int i = 0; i < layers.size(); i++) {
            layers.get(i).add(dead(model, images, batch, Chain.layer(i + 1)));
        }
    }

    /** The units of {@code layer} whose output, before the function, is above 0 for none of the images. */
    static BitSet dead(PlacedModel model, BalancedImages images, int batch, String layer) {
        BitSet dead = new BitSet();
        boolean isFirst = true;
        try (BatchStream stream = images.batches(batch)) {
            for (HostBatch next = stream.next(); next != null; next = stream.next()) {
                float[] outputs = model.features(next, layer);
                int units = outputs.length / next.shape().dim(0);
                if (isFirst) {
                    dead.set(0, units);
                    isFirst = false;
                }
                for (int i = 0; i < next.rows() * units; i++) {
                    if (outputs[i] > 0) {
                        dead.clear(i % units);
                    }
                }
                stream.recycle(next);
            }
        }
        return dead;
    }

    /** The share of dead units against epochs, a panel for each function. */
    BufferedImage picture() {
        ExperimentPicture picture = new ExperimentPicture(
                String.format(Locale.ROOT, "Units that die at too large a learning rate, %s", rate));
        for (OfChain chain : chains) {
            LineChart chart = new LineChart(
                            ExperimentPicture.WIDTH,
                            HEIGHT,
                            chain.function() + ", " + width + " units a layer",
                            "epoch",
                            "units below 0 for all images, %")
                    .x(0, epochs)
                    .y(0, 100);
            for (int i = 0; i < chain.layers().size(); i++) {
                double[] shares = chain.layers().get(i).dead().stream()
                        .mapToDouble(dead -> 100.0 * dead / width)
                        .toArray();
                double[] at = IntStream.range(0, shares.length)
                        .mapToDouble(epoch -> epoch)
                        .toArray();
                chart.curve("layer " + (i + 1), at, shares, Palette.of(i));
            }
            picture.add(chart.chart(), seen(chain));
        }
        picture.add(
                "A dead ReLU has no gradient: it comes back only if the layers below change what it gets. A leaky ReLU"
                        + " has a hundredth of its gradient left, and finds back by itself.");
        return picture.draw();
    }

    private static String seen(OfChain chain) {
        StringBuilder text = new StringBuilder("Came back, of the units that ever were dead: ");
        for (int i = 0; i < chain.layers().size(); i++) {
            OfLayer layer = chain.layers().get(i);
            text.append(String.format(
                    Locale.ROOT, "%s%d of %d in layer %d", i == 0 ? "" : ", ", layer.revived(), layer.died(), i + 1));
        }
        List<Double> errors = chain.trainingErrors();
        return text.append(
                        errors.isEmpty()
                                ? "."
                                : String.format(
                                        Locale.ROOT,
                                        ". Training error at the end %.0f %%%s.",
                                        100 * errors.get(errors.size() - 1),
                                        chain.diverged() ? ", before the loss was infinite" : ""))
                .toString();
    }
}
