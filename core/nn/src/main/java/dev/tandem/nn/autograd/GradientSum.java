package dev.tandem.nn.autograd;

import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.BinaryFunction;
import java.util.ArrayList;
import java.util.List;

/**
 * The gradient with respect to a value: the sum of what its uses contribute. Slices contribute to some positions only.
 * These contributions are collected and added last, because the first one would otherwise need zeros all around it even
 * if another use contributes to all positions.
 */
final class GradientSum {
    /** A gradient with respect to the positions from {@code start} on along {@code axis}. */
    private record Part(int axis, int start, Tensor gradient) {
        int length() {
            return gradient.shape().dim(axis);
        }
    }

    private final Tensor value;
    private Tensor whole;
    private List<Part> parts = List.of();

    GradientSum(Tensor value) {
        this.value = value;
    }

    /** Whether nothing has been added. */
    boolean isEmpty() {
        return whole == null && parts.isEmpty();
    }

    /** Adds a gradient with respect to all positions, which this sum owns from now on. */
    void add(Tensor gradient) {
        if (whole == null) {
            whole = gradient;
        } else {
            device().elementwise().binaryInPlace(BinaryFunction.ADD, whole, gradient);
            gradient.close();
        }
    }

    /**
     * Adds a gradient with respect to the positions from {@code start} on along {@code axis}; it is owned from now on.
     */
    void add(int axis, int start, Tensor gradient) {
        if (parts.isEmpty()) {
            parts = new ArrayList<>();
        }
        parts.add(new Part(axis, start, gradient));
    }

    /** The sum so far; null if it is empty. */
    Tensor get() {
        for (Part part : parts) {
            if (whole == null) {
                whole = padded(part);
            } else {
                addTo(whole, part);
            }
            part.gradient().close();
        }
        parts = List.of();
        return whole;
    }

    /** The sum, which the caller owns; afterwards this is empty. */
    Tensor take() {
        Tensor taken = get();
        whole = null;
        return taken;
    }

    private Device device() {
        return value.device();
    }

    private Tensor padded(Part part) {
        Shape shape = part.gradient().shape();
        int after = value.shape().dim(part.axis()) - part.start() - part.length();
        List<Tensor> row = new ArrayList<>();
        if (part.start() > 0) {
            row.add(device().filled(shape.with(part.axis(), part.start()), 0));
        }
        row.add(part.gradient());
        if (after > 0) {
            row.add(device().filled(shape.with(part.axis(), after), 0));
        }
        return device().memory().concatenate(part.axis(), row.toArray(Tensor[]::new));
    }

    private void addTo(Tensor sum, Part part) {
        Tensor positions = device().memory().slice(sum, part.axis(), part.start(), part.length());
        device().elementwise().binaryInPlace(BinaryFunction.ADD, positions, part.gradient());
        device().kernels().memory().copyRange(positions, 0, sum, part.start(), part.axis(), part.length());
        positions.close();
    }
}
