package dev.tandem.weights.zip;

import dev.tandem.weights.tensor.InputFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;

/**
 * An entry of a zip archive.
 *
 * @param start the position of its bytes in the archive
 * @param storedBytes how many bytes it takes there
 * @param bytes how many it has; the archive says so, and whoever inflates it must bear less or more
 * @param isStored whether its bytes lie in the archive as they are; otherwise they are deflated
 */
public record ZipEntry(String name, long start, long storedBytes, long bytes, boolean isStored) {
    private static final int WINDOW_BYTES = 1 << 16;

    /** Reads a deflated entry from its beginning; closing the stream frees the inflater, and leaves the file open. */
    public InputStream inflate(InputFile file) {
        int window = (int) Math.min(WINDOW_BYTES, Math.max(1, storedBytes));
        Inflater inflater = new Inflater(true);
        return new InflaterInputStream(new StoredBytes(file), inflater, window) {
            @Override
            public void close() throws IOException {
                inflater.end();
                super.close();
            }
        };
    }

    private final class StoredBytes extends InputStream {
        private final InputFile file;
        private long done;

        StoredBytes(InputFile file) {
            this.file = file;
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
        }

        @Override
        public int read(byte[] to, int offset, int length) {
            int now = (int) Math.min(length, storedBytes - done);
            if (now <= 0) {
                return length == 0 ? 0 : -1;
            }
            file.read(start + done, ByteBuffer.wrap(to, offset, now));
            done += now;
            return now;
        }
    }
}
