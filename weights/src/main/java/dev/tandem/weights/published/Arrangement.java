package dev.tandem.weights.published;

import dev.tandem.spi.Shape;
import dev.tandem.weights.tensor.Layout;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * In which order a program keeps the weights of its layers. Weights have four axes: outputs, inputs, and height and
 * width of the kernel. Those of a fully-connected layer are a kernel over all of its input; files may have several of
 * its axes as one.
 */
enum Arrangement {
    /** PyTorch's, Caffe's, ONNX's and Tandem's. */
    OUT_IN_HEIGHT_WIDTH("", "(out, in, height, width)", "(out, in)", 0, 1, 2, 3),
    /** TensorFlow's. */
    HEIGHT_WIDTH_IN_OUT(
            "axes reordered from (height, width, in, out)", "(height, width, in, out)", "(in, out)", 2, 3, 1, 0),
    /** MATLAB's (height, width, in, out), whose first axis is innermost. */
    OUT_IN_WIDTH_HEIGHT("height and width exchanged", "(out, in, width, height)", "(out, in)", 0, 1, 3, 2),
    /** Of fully-connected layers in Keras on Theano. */
    IN_OUT("transposed", "(in, height, width, out)", "(in, out)", 1, 2, 3, 0);

    private static final int AXES = 4;
    private static final int INPUTS = 1;
    private static final int HEIGHT = 2;
    private static final int WIDTH = 3;

    private final String note;
    private final String kernelWords;
    private final String matrixWords;
    private final int[] order;

    Arrangement(String note, String kernelWords, String matrixWords, int... order) {
        this.note = note;
        this.kernelWords = kernelWords;
        this.matrixWords = matrixWords;
        this.order = order;
    }

    /**
     * The weights of a layer.
     *
     * @param axes extents of outputs, inputs, height and width
     * @param isMatrix whether the layer is fully connected: files may have its inputs in one axis
     */
    record Kernel(int[] axes, boolean isMatrix) {
        Kernel {
            axes = axes.clone();
        }

        /** With a part of the outputs. */
        Kernel part(int parts) {
            int[] fewer = axes.clone();
            fewer[0] /= parts;
            return new Kernel(fewer, isMatrix);
        }

        int elements() {
            return Arrays.stream(axes).reduce(1, (a, b) -> a * b);
        }
    }

    /** What is done to such weights, in words; empty for nothing. */
    String note(Kernel kernel) {
        boolean square = this == OUT_IN_WIDTH_HEIGHT && kernel.axes[HEIGHT] == 1 && kernel.axes[WIDTH] == 1;
        if (this == HEIGHT_WIDTH_IN_OUT && kernel.isMatrix) {
            return kernel.axes[HEIGHT] == 1
                    ? "transposed"
                    : "transposed, inputs reordered from (height, width, channel)";
        }
        return square ? "" : note;
    }

    /** The names of the axes in the order of the file. */
    String words(Kernel kernel) {
        return kernel.isMatrix ? matrixWords : kernelWords;
    }

    /** Whether weights of this shape can be a kernel in this arrangement. Leading axes of 1 do not count. */
    boolean fits(Shape stored, Kernel kernel) {
        int[] dims = withoutLeadingOnes(stored.dims(), kernel.isMatrix ? 2 : AXES);
        int[] whole = permuted(kernel.axes);
        return Arrays.equals(dims, whole) || kernel.isMatrix && Arrays.equals(dims, matrix(kernel));
    }

    /** The shape that the weights of a kernel have. */
    Shape shape(Kernel kernel) {
        return Shape.of(kernel.isMatrix ? matrix(kernel) : permuted(kernel.axes));
    }

    private int[] matrix(Kernel kernel) {
        int outputs = kernel.axes[0];
        int inputs = kernel.elements() / outputs;
        return order[0] == 0 ? new int[] {outputs, inputs} : new int[] {inputs, outputs};
    }

    static int[] withoutLeadingOnes(int[] dims, int least) {
        int from = 0;
        while (dims.length - from > least && dims[from] == 1) {
            from++;
        }
        return Arrays.copyOfRange(dims, from, dims.length);
    }

    private int[] permuted(int[] values) {
        return IntStream.of(order).map(axis -> values[axis]).toArray();
    }

    /**
     * Where the elements of weights in this arrangement lie in an array of (out, in, height, width).
     *
     * @param offset where the array's first element lies
     * @param reversesInputs whether the last input is the file's first: blue, green, red
     * @param turns whether kernels are turned by 180 degrees
     */
    Layout layout(Kernel kernel, int offset, boolean reversesInputs, boolean turns) {
        int[] axes = kernel.axes;
        int[] strides = {axes[1] * axes[2] * axes[3], axes[2] * axes[3], axes[3], 1};
        int first = offset;
        for (int axis = INPUTS; axis < AXES; axis++) {
            if (axis == INPUTS ? reversesInputs : turns) {
                first += (axes[axis] - 1) * strides[axis];
                strides[axis] = -strides[axis];
            }
        }
        return new Layout(first, permuted(axes), permuted(strides));
    }
}
