package dev.tandem.weights.numpy;

import dev.tandem.spi.Shape;
import dev.tandem.weights.tensor.Layout;
import dev.tandem.weights.tensor.StoredTensor;

/**
 * Turns elements with the first dimension innermost into row-major order. A deflated array cannot be read at positions,
 * so it is held in memory once, beside what its reader makes of it.
 */
record FortranElements(Shape shape, StoredTensor.Elements stored) implements StoredTensor.Elements {
    @Override
    public void forEachPart(StoredTensor.Part part) {
        int rank = shape.rank();
        int[] dims = new int[rank];
        int[] strides = new int[rank];
        int stride = 1;
        for (int axis = rank - 1; axis >= 0; axis--) {
            dims[rank - 1 - axis] = shape.dim(axis);
            strides[rank - 1 - axis] = stride;
            stride *= shape.dim(axis);
        }
        float[] all = new float[shape.arrayLength()];
        new StoredTensor("array", shape, "", stored).scatter(all, new Layout(0, dims, strides));
        part.take(all, all.length);
    }
}
