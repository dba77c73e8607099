package dev.tandem.examples.cli;

import dev.tandem.examples.run.ConfiguredRecipe;
import dev.tandem.examples.wiring.ExampleWiring;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.ModelSummary;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Recipe;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.placement.DevicePlacement;
import dev.tandem.placement.Forecast;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.runtime.wiring.Wired;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "bench", description = "Times training or inference of a recipe on synthetic images.")
final class BenchCommand extends Subcommand {
    /** Steps before the timed ones: the first builds what the others reuse. */
    private static final int WARM_UP = 2;

    private static final int CLASSES = 1000;
    private static final double FLOPS_PER_MULTIPLY_ADD = 2;
    private static final int LARGEST_PRODUCT = 2048;
    private static final double PEAK_SECONDS = 0.05;
    private static final int PEAK_TRIES = 5;

    /** What is timed. */
    enum Mode {
        train,
        infer
    }

    @Option(names = "--batch", paramLabel = "N", description = "Images per step; default: the recipe's.")
    String batch;

    @Option(names = "--mode", paramLabel = "train|infer", defaultValue = "train", description = "Default: train.")
    Mode mode;

    @Option(names = "--steps", paramLabel = "N", defaultValue = "10", description = "Timed steps; default: 10.")
    int steps;

    BenchCommand(Console console) {
        super(console);
    }

    @Override
    Map<String, Object> named() {
        Map<String, Object> named = super.named();
        named.put("tandem.train.batch", batch);
        return named;
    }

    /** The last line of {@code --json}; medians. */
    private record Answer(
            double imagesPerSecond,
            double millisecondsPerStep,
            double gflops,
            double rooflineShare,
            double peakGflops) {}

    @Override
    int run() {
        TandemConfig config = configuration(null);
        try (Wired parts = ExampleWiring.open(config)) {
            Recipe recipe = parts.get(ConfiguredRecipe.class).forClasses(CLASSES);
            DevicePlacement placement = parts.get(DevicePlacement.class);
            Shape input = recipe.input(recipe.batch());
            double peak = peakGflops(placement.devices().get(0));
            double seconds = medianStep(recipe, placement, synthetic(input));
            // Before and after: a neighbour that is busy for a while must not look like a low peak.
            peak = Math.max(peak, peakGflops(placement.devices().get(0)));
            double gflops = FLOPS_PER_MULTIPLY_ADD * multiplyAdds(recipe, input, placement) / seconds / 1e9;
            Answer answer = new Answer(recipe.batch() / seconds, seconds * 1e3, gflops, gflops / peak, peak);
            say(String.format(
                    Locale.ROOT,
                    "%s %s, batch %d: %.1f images/s, %.1f ms a step, %.1f GFLOP/s, %.0f %% of the %.1f GFLOP/s of a"
                            + " square matrix product; median of %d steps on %s",
                    mode,
                    recipe.name(),
                    recipe.batch(),
                    answer.imagesPerSecond(),
                    answer.millisecondsPerStep(),
                    gflops,
                    100 * answer.rooflineShare(),
                    peak,
                    steps,
                    placement.devices()));
            answer(answer);
        }
        return OK;
    }

    private long multiplyAdds(Recipe recipe, Shape input, DevicePlacement placement) {
        if (mode == Mode.infer) {
            return input.dim(0)
                    * ModelSummary.of(recipe.network(), input.withoutBatch()).multiplyAdds();
        }
        return Forecast.of(
                        recipe.network(),
                        input,
                        placement.table(),
                        placement.devices().size())
                .devices()
                .stream()
                .mapToLong(Forecast.Share::multiplyAdds)
                .sum();
    }

    private double medianStep(Recipe recipe, DevicePlacement placement, HostBatch batch) {
        double[] seconds = new double[Math.max(1, steps)];
        try (PlacedModel model = placement.place(recipe.network(), batch.shape(), mode == Mode.train)) {
            model.initialize(1);
            double rate = recipe.schedule().rate(0, List.of());
            for (int i = -WARM_UP; i < seconds.length; i++) {
                long began = System.nanoTime();
                if (mode == Mode.train) {
                    model.step(batch, new StepSettings(1, WARM_UP + i, recipe.sgd(), rate, Map.of()));
                    model.takeLoss();
                } else {
                    model.probabilities(batch);
                }
                if (i >= 0) {
                    seconds[i] = (System.nanoTime() - began) / 1e9;
                }
            }
        }
        return median(seconds);
    }

    private static HostBatch synthetic(Shape input) {
        HostBatch batch = new HostBatch(input);
        Random random = new Random(1);
        for (int i = 0; i < batch.images().length; i++) {
            batch.images()[i] = 60 * (float) random.nextGaussian();
        }
        for (int row = 0; row < batch.rows(); row++) {
            batch.labels()[row] = random.nextInt(CLASSES);
        }
        return batch;
    }

    /** The best rate of a square matrix product, of a size that takes long enough to be timed. */
    private static double peakGflops(Device device) {
        int size = 256;
        double seconds = product(device, size);
        while (seconds < PEAK_SECONDS && size < LARGEST_PRODUCT) {
            size *= 2;
            seconds = product(device, size);
        }
        for (int i = 0; i < PEAK_TRIES; i++) {
            seconds = Math.min(seconds, product(device, size));
        }
        return FLOPS_PER_MULTIPLY_ADD * size * size * (double) size / seconds / 1e9;
    }

    private static double product(Device device, int size) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor a = device.filled(Shape.of(size, size), 0.5);
            Tensor b = device.filled(Shape.of(size, size), 0.25);
            device.synchronize();
            long began = System.nanoTime();
            device.matrixProducts().product(a, false, b, false);
            device.synchronize();
            return (System.nanoTime() - began) / 1e9;
        }
    }

    private static double median(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
