package dev.tandem.spi.op;

import dev.tandem.spi.DataType;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;

/** The argument checks that operations share. */
final class Checks {
    private Checks() {}

    /** Checks that all tensors are floating, of one type, open, and on {@code device}; null ones are left out. */
    static void floating(Device device, String operation, Tensor... tensors) {
        for (Tensor tensor : tensors) {
            if (tensor == null) {
                continue;
            }
            device.requireOwned(operation, tensor);
            if (tensor.type() != tensors[0].type() || !tensor.type().isFloating()) {
                throw TandemException.argument(
                        operation,
                        "element types differ or are not floating",
                        tensor.type(),
                        tensors[0].type().isFloating() ? tensors[0].type() : "F32 or F64",
                        "Make all operands on one device with its floating type");
            }
        }
    }

    static void labels(Device device, String operation, Tensor labels, int rows) {
        device.requireOwned(operation, labels);
        if (labels.type() != DataType.I32 || !labels.shape().equals(Shape.of(rows))) {
            throw TandemException.argument(
                    operation,
                    "labels do not fit",
                    labels,
                    DataType.I32 + " " + rows,
                    "Make them with device.labels(...)");
        }
    }

    /** Checks labels that the host has written; the values of others are not available here. */
    static void labelRange(String operation, Tensor labels, int classes) {
        int row = labels.firstOutside(classes);
        if (row >= 0) {
            throw TandemException.argument(
                    operation,
                    "a label is no class of the logits",
                    labels.written(row) + " in row " + row,
                    "0 to " + (classes - 1),
                    "End the network in as many outputs as the labels have classes");
        }
    }

    static void sameShape(String operation, Tensor tensor, Shape expected) {
        if (!tensor.shape().equals(expected)) {
            throw TandemException.argument(operation, "shape does not fit", tensor.shape(), expected, "");
        }
    }

    static void rank(String operation, Tensor tensor, int rank, String axes) {
        if (tensor.shape().rank() != rank) {
            throw TandemException.argument(
                    operation, "wrong number of axes", tensor.shape(), axes, "Reshape or flatten first");
        }
    }
}
