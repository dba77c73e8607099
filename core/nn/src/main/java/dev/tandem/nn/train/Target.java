package dev.tandem.nn.train;

import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;

/** What the outputs for a batch should be, on the device of the outputs. It is copied there when it is asked for. */
public final class Target {
    private final HostBatch batch;
    private final Device device;

    /** The target of {@code batch} on {@code device}. */
    public Target(HostBatch batch, Device device) {
        this.batch = batch;
        this.device = device;
    }

    /** The class of each row, {@code (N)} integers. */
    public Tensor labels() {
        return device.labels(batch.labels());
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
        return Value.constant(device.tensor(Shape.of(labels.length, classes), ones));
    }

    /**
     * The numbers that the outputs should be, {@code (N, ...)}.
     *
     * @throws TandemException if the data have none
     */
    public Value values() {
        if (batch.targetShape() == null) {
            throw TandemException.argument(
                    "loss",
                    "the batch has labels only",
                    "no numbers as targets",
                    "a number for each output, or more",
                    "Make the batch with the shape of its targets, or use a loss of labels");
        }
        return Value.constant(device.tensor(batch.targetShape(), batch.targets()));
    }
}
