package dev.tandem.weights.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Elements that lie in a file at strides: arrays with the first dimension innermost, parts of others, repeated rows.
 * They are put in row-major order a block at a time, so that the whole is never in memory.
 */
public final class StridedElements implements StoredTensor.Elements {
    private static final int BLOCK = 1 << 20;
    private static final int WINDOW_BYTES = 1 << 16;
    private static final int NEAR = 16;

    private final InputFile file;
    private final NumberType type;
    private final ByteOrder order;
    private final long start;
    private final int[] dims;
    private final long[] strides;

    private StridedElements(InputFile file, NumberType type, ByteOrder order, long start, int[] dims, long[] strides) {
        this.file = file;
        this.type = type;
        this.order = order;
        this.start = start;
        this.dims = dims.clone();
        this.strides = strides.clone();
    }

    /**
     * Elements at strides; if they lie one behind the other, they are read that way.
     *
     * @param start the position of element {@code (0, 0, ...)}, in bytes
     * @param dims each 1 or more
     * @param strides how many elements neighbours along each dimension are apart: 0 or more. The caller has checked that
     *     the last element is inside the file
     */
    public static StoredTensor.Elements of(
            InputFile file, NumberType type, ByteOrder order, long start, int[] dims, long[] strides) {
        long count = 1;
        boolean inOrder = true;
        for (int d = dims.length - 1; d >= 0; d--) {
            inOrder &= dims[d] == 1 || strides[d] == count;
            count *= dims[d];
        }
        return inOrder
                ? new FileElements(file, type, order, start, count)
                : new StridedElements(file, type, order, start, dims, strides);
    }

    @Override
    public void forEachPart(StoredTensor.Part part) {
        int axis = dims.length; // the block is some of this axis and all of those inside
        int inner = 1;
        while (axis > 1 && (long) inner * dims[axis - 1] <= BLOCK) {
            inner *= dims[--axis];
        }
        axis--;
        int most = Math.min(dims[axis], BLOCK / inner);
        Block block = new Block(axis, new float[most * inner]);
        int[] outer = new int[axis];
        do {
            for (int from = 0; from < dims[axis]; from += most) {
                int rows = Math.min(most, dims[axis] - from);
                block.read(place(outer) + from * strides[axis], rows);
                part.take(block.values, rows * inner);
            }
        } while (advance(outer, dims, -1));
    }

    private long place(int[] index) {
        long place = 0;
        for (int d = 0; d < index.length; d++) {
            place += index[d] * strides[d];
        }
        return place;
    }

    /** The next index in row-major order, with dimension {@code fixed} left alone; false behind the last. */
    private static boolean advance(int[] index, int[] dims, int fixed) {
        for (int d = index.length - 1; d >= 0; d--) {
            if (d != fixed && ++index[d] < dims[d]) {
                return true;
            }
            index[d] = d == fixed ? index[d] : 0;
        }
        return false;
    }

    /** Some neighbours along one axis, with all that is inside of them, in row-major order. */
    private final class Block {
        private final int axis;
        private final float[] values;
        private final ByteBuffer window;
        private final float[] near;

        Block(int axis, float[] values) {
            this.axis = axis;
            this.values = values;
            this.near = new float[Math.min(WINDOW_BYTES / type.bytes(), values.length * NEAR)];
            this.window = ByteBuffer.allocate(near.length * type.bytes()).order(order);
        }

        void read(long from, int rows) {
            int rank = dims.length - axis;
            int[] extents = new int[rank];
            int[] places = new int[rank];
            int run = rank - 1;
            for (int d = rank - 1, place = 1; d >= 0; d--) {
                extents[d] = d == 0 ? rows : dims[axis + d];
                places[d] = place;
                place *= extents[d];
                boolean nearer = strides[axis + d] < strides[axis + run] || extents[run] == 1;
                run = extents[d] > 1 && nearer ? d : run;
            }
            int[] index = new int[rank];
            do {
                long at = from;
                int to = 0;
                for (int d = 0; d < rank; d++) {
                    at += index[d] * strides[axis + d];
                    to += index[d] * places[d];
                }
                readRun(at, strides[axis + run], extents[run], to, places[run]);
            } while (advance(index, extents, run));
        }

        /** Neighbours along the dimension whose neighbours are nearest in the file. */
        private void readRun(long from, long stride, int count, int to, int step) {
            int perRead = stride <= NEAR ? (int) ((near.length - 1) / Math.max(1, stride)) + 1 : 1;
            for (int done = 0; done < count; ) {
                int now = stride == 0 ? count : Math.min(perRead, count - done);
                int span = stride == 0 ? 1 : (int) ((now - 1) * stride) + 1;
                window.clear().limit(span * type.bytes());
                file.read(start + (from + done * stride) * type.bytes(), window);
                type.next(window.flip(), near, span);
                for (int i = 0; i < now; i++) {
                    values[to + (done + i) * step] = near[(int) (i * stride)];
                }
                done += now;
            }
        }
    }
}
