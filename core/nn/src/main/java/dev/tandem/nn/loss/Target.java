package dev.tandem.nn.loss;

import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.spi.Device;
import dev.tandem.spi.Profile;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import java.util.Arrays;

/** What the outputs for a batch should be, on the device of the outputs. It is copied there when it is asked for. */
public final class Target {
    private final HostBatch batch;
    private final Device device;
    private final boolean dryRun;

    /** The target of {@code batch} on {@code device}. */
    public Target(HostBatch batch, Device device) {
        this(batch, device, false);
    }

    private Target(HostBatch batch, Device device, boolean dryRun) {
        this.batch = batch;
        this.device = device;
        this.dryRun = dryRun;
    }

    /** A target whose numbers have any shape and unspecified contents, for dry runs. */
    public static Target dryRun(HostBatch batch, Device device) {
        return new Target(batch, device, true);
    }

    /** The class of each row, {@code (N)} integers. */
    public Tensor labels() {
        return device.profile().during(Profile.BATCH, () -> device.labels(batch.labels()));
    }

    /** The class of each row as {@code (N, classes)}: 1 for it, 0 for the others. */
    public Value oneHot(int classes) {
        int[] labels = batch.labels();
        float[] ones = new float[Shape.of(labels.length, classes).arrayLength()];
        for (int row = 0; row < labels.length; row++) {
            if (labels[row] < 0 || labels[row] >= classes) {
                throw TandemException.argument(
                        "loss",
                        "a label out of range in row " + row,
                        labels[row],
                        "0 to " + (classes - 1),
                        "Use labels of the network's classes");
            }
            ones[row * classes + labels[row]] = 1;
        }
        return written(Shape.of(labels.length, classes), ones);
    }

    /**
     * The numbers that the outputs should be.
     *
     * @param shape the shape of the outputs {@code (N, ...)}: that of the targets, but for axes of extent 1
     * @throws TandemException if the data have none, or of another shape
     */
    public Value values(Shape shape) {
        if (dryRun) {
            return Value.constant(device.allocate(shape));
        }
        Shape there = batch.targetShape();
        if (there == null) {
            throw TandemException.argument(
                    "loss",
                    "the batch has labels only",
                    "no numbers as targets",
                    shape,
                    "Use data with numbers as targets, or a loss of labels");
        }
        if (!Arrays.equals(extents(there), extents(shape))) {
            throw TandemException.argument(
                    "loss",
                    "the targets do not fit the output",
                    there,
                    shape,
                    "End the network in as many outputs as there are targets");
        }
        return written(shape, batch.targets());
    }

    /**
     * As {@link #values}, for numbers that are probabilities.
     *
     * @throws TandemException if one is not 0 to 1, and as {@link #values} does
     */
    public Value probabilities(Shape shape) {
        Value values = values(shape);
        for (float target : batch.targets()) {
            if (!(target >= 0 && target <= 1)) {
                throw TandemException.argument(
                        "loss", "a target is no probability", target, "0 to 1", "Use MeanSquaredError for any numbers");
            }
        }
        return values;
    }

    private Value written(Shape shape, float[] values) {
        return device.profile().during(Profile.BATCH, () -> Value.constant(device.tensor(shape, values)));
    }

    private static int[] extents(Shape shape) {
        return Arrays.stream(shape.dims()).filter(extent -> extent != 1).toArray();
    }
}
