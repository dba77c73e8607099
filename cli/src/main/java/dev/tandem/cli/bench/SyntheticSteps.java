package dev.tandem.cli.bench;

import dev.tandem.nn.data.BatchMemory;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.placement.DevicePlacement;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Steps of training or inference on one batch of noise, timed. */
public final class SyntheticSteps implements AutoCloseable {
    /** As the trainer reads the loss of devices that compute while the next batch is copied. */
    private static final int LOSS_EVERY = 10;

    /** The first steps build what the others reuse, and Java compiles what it calls often. */
    private static final int LEAST_WARM_UP = 2;

    private static final int MOST_WARM_UP = 200;
    private static final double WARM_UP_SECONDS = 1;
    /** A GPU waits for Java until Java is compiled. */
    private static final double WARM_UP_SECONDS_AHEAD = 3;

    private static final int STEPS = 10;
    private static final int STEPS_AHEAD = 200;
    private static final double FLOPS_PER_MULTIPLY_ADD = 2;
    private static final int LARGEST_PRODUCT = 2048;
    private static final double PEAK_SECONDS = 0.05;
    private static final int PEAK_TRIES = 5;

    private final Recipe recipe;
    private final boolean training;
    private final HostBatch batch;
    private final PlacedModel model;
    private final double rate;
    private final boolean ahead;
    private int step;

    /**
     * What steps took.
     *
     * @param count how many were timed
     * @param seconds the median of a step
     * @param lowerQuartile of the seconds; of means over ten steps if the loss was read every tenth
     * @param upperQuartile likewise
     */
    public record Timing(int count, double seconds, double lowerQuartile, double upperQuartile) {}

    public SyntheticSteps(Recipe recipe, DevicePlacement placement, boolean training) {
        this.recipe = recipe;
        this.training = training;
        this.batch = synthetic(recipe, placement.devices());
        this.model = training
                ? placement.place(recipe.network(), batch.shapes(), recipe.training())
                : placement.place(recipe.network(), batch.shapes());
        this.rate = recipe.schedule().nominalRate();
        model.initialize(1);
        ahead = model.prefetch(batch);
        warmUp();
    }

    private void warmUp() {
        long began = System.nanoTime();
        double most = (ahead ? WARM_UP_SECONDS_AHEAD : WARM_UP_SECONDS) * 1e9;
        for (int done = 0;
                done < LEAST_WARM_UP || done < MOST_WARM_UP && System.nanoTime() - began < most;
                done += round()) {
            run(round());
        }
    }

    /** Noise with labels, and with numbers as targets: which of them counts is known to the loss alone. */
    private static HostBatch synthetic(Recipe recipe, List<Device> devices) {
        List<Shape> inputs = recipe.inputs(recipe.batch());
        Shape targets = recipe.network().outputShapes(inputs).get(0);
        HostBatch batch = HostBatch.of(inputs, targets, new BatchMemory(devices));
        Random random = new Random(1);
        for (int input = 0; input < inputs.size(); input++) {
            FloatBuffer values = batch.input(input);
            while (values.hasRemaining()) {
                values.put(60 * (float) random.nextGaussian());
            }
        }
        for (int row = 0; row < batch.rows(); row++) {
            batch.labels()[row] = random.nextInt(recipe.classes());
        }
        for (int i = 0; i < batch.targets().length; i++) {
            batch.targets()[i] = random.nextFloat();
        }
        return batch;
    }

    /** Steps between two moments at which the devices are done: where nothing is copied ahead, waiting costs nothing. */
    private int round() {
        return training && ahead ? LOSS_EVERY : 1;
    }

    /**
     * Steps as the trainer takes them, or passes of inference as an evaluation does: while one is computed, the next
     * batch is copied. Waits for their end.
     */
    private void run(int count) {
        for (int i = 0; i < count; i++) {
            if (training) {
                model.step(batch, new StepSettings(1, step++, rate));
                model.prefetch(batch);
            } else {
                model.prefetch(batch);
                model.predictions(batch, recipe.training().loss());
            }
        }
        if (training) {
            model.takeLoss();
        }
    }

    /** Times steps: at least {@code count}, or if that is 0, as many as make the median steady. */
    public Timing time(int count) {
        int usual = ahead ? STEPS_AHEAD : STEPS;
        int rounds = ((count == 0 ? usual : count) + round() - 1) / round();
        double[] seconds = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            long began = System.nanoTime();
            run(round());
            seconds[i] = (System.nanoTime() - began) / 1e9 / round();
        }
        Arrays.sort(seconds);
        return new Timing(
                rounds * round(),
                (seconds[(rounds - 1) / 2] + seconds[rounds / 2]) / 2,
                seconds[(rounds - 1) / 4],
                seconds[rounds - 1 - (rounds - 1) / 4]);
    }

    /** Has the devices record the operations of {@code count} steps, and returns the mean time of these. */
    public double profiledSeconds(int count) {
        model.devices().forEach(Device::synchronize);
        model.devices().forEach(device -> device.profile().start());
        long began = System.nanoTime();
        run(count);
        model.devices().forEach(Device::synchronize);
        return (System.nanoTime() - began) / 1e9 / count;
    }

    @Override
    public void close() {
        model.close();
    }

    /** The best rate of a square matrix product, in GFLOP/s, of a size that takes long enough to be timed. */
    public static double peakGflops(Device device) {
        int size = 256;
        double seconds = product(device, size);
        while (seconds < PEAK_SECONDS && size < LARGEST_PRODUCT) {
            size *= 2;
            seconds = product(device, size);
        }
        return FLOPS_PER_MULTIPLY_ADD * size * size * (double) size / seconds / 1e9;
    }

    /** The shortest time of a product of square matrices, which a device may first bring into a form of its own. */
    private static double product(Device device, int size) {
        double shortest = Double.MAX_VALUE;
        try (TensorScope scope = TensorScope.open()) {
            Tensor a = device.filled(Shape.of(size, size), 0.5);
            Tensor b = device.filled(Shape.of(size, size), 0.25);
            for (int i = 0; i < PEAK_TRIES; i++) {
                device.synchronize();
                long began = System.nanoTime();
                Tensor product = device.matrices().product(a, false, b, false);
                device.synchronize();
                shortest = Math.min(shortest, (System.nanoTime() - began) / 1e9);
                product.close();
            }
        }
        return shortest;
    }
}
