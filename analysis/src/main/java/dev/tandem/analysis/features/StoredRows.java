package dev.tandem.analysis.features;

import dev.tandem.imagenet.layout.EscapedText;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Rows that were computed, in an npy file with names beside it.
 *
 * @param npy the features
 * @param names a line a row
 * @param rows how many
 * @param columns elements of a row
 */
record StoredRows(Path npy, Path names, int rows, int columns) {
    private static final int BLOCK_BYTES = 1 << 20;

    /** Takes a row. */
    @FunctionalInterface
    interface Reader {
        void row(String name, float[] features) throws IOException;
    }

    /** Passes on all rows, in one array after the other. */
    void read(Reader reader) throws IOException {
        int atOnce = Math.max(1, BLOCK_BYTES / (columns * Float.BYTES));
        ByteBuffer block =
                ByteBuffer.allocateDirect(atOnce * columns * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        float[] row = new float[columns];
        try (FileChannel channel = FileChannel.open(npy);
                BufferedReader lines = Files.newBufferedReader(names)) {
            channel.position(NpyHeader.BYTES);
            for (int done = 0; done < rows; done += atOnce) {
                int count = Math.min(atOnce, rows - done);
                block.clear().limit(count * columns * Float.BYTES);
                while (block.hasRemaining()) {
                    if (channel.read(block) < 0) {
                        throw new EOFException(npy + " has become shorter");
                    }
                }
                for (int i = 0; i < count; i++) {
                    block.position(i * columns * Float.BYTES);
                    block.asFloatBuffer().get(row);
                    reader.row(EscapedText.read(lines.readLine()), row);
                }
            }
        }
    }
}
