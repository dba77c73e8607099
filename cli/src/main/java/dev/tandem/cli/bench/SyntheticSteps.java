package dev.tandem.cli.bench;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.placement.DevicePlacement;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Steps of training or inference on one batch of noise, timed. */
public final class SyntheticSteps implements AutoCloseable {
    /** Steps before the timed ones: the first builds what the others reuse. */
    private static final int WARM_UP = 2;

    private static final double FLOPS_PER_MULTIPLY_ADD = 2;
    private static final int LARGEST_PRODUCT = 2048;
    private static final double PEAK_SECONDS = 0.05;
    private static final int PEAK_TRIES = 5;

    private final Recipe recipe;
    private final boolean training;
    private final HostBatch batch;
    private final PlacedModel model;
    private final double rate;
    private int step;

    public SyntheticSteps(Recipe recipe, DevicePlacement placement, boolean training) {
        this.recipe = recipe;
        this.training = training;
        this.batch = synthetic(recipe);
        this.model = training
                ? placement.place(recipe.network(), batch.shapes(), recipe.training())
                : placement.place(recipe.network(), batch.shapes());
        this.rate = recipe.schedule().nominalRate();
        model.initialize(1);
        for (int i = 0; i < WARM_UP; i++) {
            run();
        }
    }

    /** Noise with labels, and with numbers as targets: which of them counts is known to the loss alone. */
    private static HostBatch synthetic(Recipe recipe) {
        List<Shape> inputs = recipe.inputs(recipe.batch());
        HostBatch batch =
                HostBatch.of(inputs, recipe.network().outputShapes(inputs).get(0));
        Random random = new Random(1);
        for (int input = 0; input < inputs.size(); input++) {
            for (int i = 0; i < batch.input(input).length; i++) {
                batch.input(input)[i] = 60 * (float) random.nextGaussian();
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

    /** One step as the trainer takes it, or one pass of inference; waits for its end. */
    private void run() {
        if (training) {
            model.step(batch, new StepSettings(1, step++, rate));
            model.takeLoss();
        } else {
            model.predictions(batch, recipe.training().loss());
        }
    }

    /** The median time of {@code count} steps. */
    public double medianSeconds(int count) {
        double[] seconds = new double[count];
        for (int i = 0; i < count; i++) {
            long began = System.nanoTime();
            run();
            seconds[i] = (System.nanoTime() - began) / 1e9;
        }
        Arrays.sort(seconds);
        return (seconds[(count - 1) / 2] + seconds[count / 2]) / 2;
    }

    /** Has the devices record the operations of {@code count} steps, and returns the mean time of these. */
    public double profiledSeconds(int count) {
        model.devices().forEach(Device::synchronize);
        model.devices().forEach(device -> device.profile().start());
        long began = System.nanoTime();
        for (int i = 0; i < count; i++) {
            run();
        }
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
