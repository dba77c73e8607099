package dev.tandem.weights.tensor;

import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;

/**
 * A tensor in a file.
 *
 * @param name as the file has it
 * @param shape the outermost dimension first. A file that stores the first dimension innermost, as MATLAB does, has its
 *     dimensions turned round here
 * @param type the element type as the file calls it, such as {@code F16}; elements are read in single precision
 * @param elements where they come from
 */
public record StoredTensor(String name, Shape shape, String type, Elements elements) {
    /** The elements of a tensor, from first to last in row-major order; each call reads the file again. */
    public interface Elements {
        /**
         * Hands out all elements, in parts of bounded size.
         *
         * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_CHECKPOINT}) if the file ends early or is
         *     damaged
         */
        void forEachPart(Part part);
    }

    /** Takes some elements: {@code values[0]} to {@code values[count - 1]}, which is reused afterwards. */
    public interface Part {
        void take(float[] values, int count);
    }

    /** The elements, row-major. */
    public float[] read() {
        float[] all = new float[shape.arrayLength()];
        int[] at = {0};
        elements.forEachPart((values, count) -> {
            System.arraycopy(values, 0, all, at[0], count);
            at[0] += count;
        });
        return all;
    }

    /**
     * Puts the elements where a layout says, so that a tensor in another order of dimensions needs no second copy.
     *
     * @param to takes them
     * @param layout of {@link #shape}, or of another shape with as many elements in row-major order
     */
    public void scatter(float[] to, Layout layout) {
        layout.requireElements(name, shape.elements());
        Layout.Walk walk = layout.walk();
        elements.forEachPart((values, count) -> {
            for (int i = 0; i < count; i++) {
                to[walk.next()] = values[i];
            }
        });
    }
}
