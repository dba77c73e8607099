package dev.tandem.weights.numpy;

import dev.tandem.spi.Shape;
import dev.tandem.weights.tensor.InputFile;
import dev.tandem.weights.tensor.Names;
import dev.tandem.weights.tensor.StoredTensor;
import dev.tandem.weights.tensor.StridedElements;

/** Arrays that lie in a file as they are. */
final class NumpyArrays {
    private NumpyArrays() {}

    /**
     * An array.
     *
     * @param name of the tensor
     * @param start the position of its first element in the file, in bytes
     * @param available the bytes that it may take there
     */
    static StoredTensor array(
            InputFile file, String name, Shape shape, NumpyType type, boolean isFortran, long start, long available) {
        requireBytes(file, name, shape, type, available);
        long[] strides = new long[shape.rank()];
        long stride = 1;
        for (int i = 0; i < strides.length; i++) {
            int axis = isFortran ? i : strides.length - 1 - i;
            strides[axis] = stride;
            stride *= shape.dim(axis);
        }
        return new StoredTensor(
                name,
                shape,
                type.type().name(),
                StridedElements.of(file, type.type(), type.order(), start, shape.dims(), strides));
    }

    static void requireBytes(InputFile file, String name, Shape shape, NumpyType type, long available) {
        long bytes = shape.elements() * type.type().bytes();
        if (bytes > available) {
            throw file.damaged(
                    "array " + Names.visible(name) + " of " + shape + " ends early", available + " bytes", bytes);
        }
    }
}
