package dev.tandem.weights.numpy;

import dev.tandem.weights.tensor.InputFile;
import dev.tandem.weights.tensor.StoredTensor;
import dev.tandem.weights.zip.ZipEntry;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The elements of a deflated array, in the order of the file; they are inflated each time. */
record DeflatedElements(InputFile file, ZipEntry entry, NpyHeader header, NumpyType type, long count)
        implements StoredTensor.Elements {
    private static final int PART = 1 << 16;

    @Override
    public void forEachPart(StoredTensor.Part part) {
        int most = (int) Math.min(PART, count);
        byte[] bytes = new byte[most * type.type().bytes()];
        float[] values = new float[most];
        try (DataInputStream input = new DataInputStream(entry.inflate(file))) {
            input.readFully(new byte[header.bytes()]);
            for (long done = 0; done < count; done += most) {
                int now = (int) Math.min(most, count - done);
                input.readFully(bytes, 0, now * type.type().bytes());
                type.type().next(ByteBuffer.wrap(bytes).order(type.order()), values, now);
                part.take(values, now);
            }
        } catch (IOException e) {
            throw NpzFile.damaged(file, entry.name(), e);
        }
    }
}
