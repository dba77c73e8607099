package dev.tandem.weights.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Elements that lie in a file one behind the other, in row-major order.
 *
 * @param file has them, and checks that it is long enough when they are read
 * @param start the position of the first, in bytes
 * @param count how many there are
 */
public record FileElements(InputFile file, NumberType type, ByteOrder order, long start, long count)
        implements StoredTensor.Elements {
    static final int PART_BYTES = 1 << 20;

    @Override
    public void forEachPart(StoredTensor.Part part) {
        int most = (int) Math.min(PART_BYTES / type.bytes(), count);
        ByteBuffer bytes = ByteBuffer.allocate(most * type.bytes()).order(order);
        float[] values = new float[most];
        for (long done = 0; done < count; done += most) {
            int now = (int) Math.min(most, count - done);
            file.read(start + done * type.bytes(), bytes.clear().limit(now * type.bytes()));
            type.next(bytes.flip(), values, now);
            part.take(values, now);
        }
    }
}
