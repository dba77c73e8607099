package dev.tandem.weights.export.container;

import dev.tandem.nn.file.LittleEndian;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A zip archive of entries that are not compressed, whose contents begin at multiples of 64 bytes, as PyTorch has them.
 * Entries and archives may have 4 GB and more.
 */
final class StoredZip {
    private static final int ALIGNMENT = 64;
    private static final int LOCAL_HEADER = 30;
    /** Its tag, "FB" as in PyTorch, and its length. */
    private static final int PADDING_HEAD = 4;
    /** The earliest that needs no further field in a zip archive: equal models make equal files. */
    private static final LocalDateTime TIME = LocalDateTime.of(1980, 1, 1, 0, 0, 2);

    private final Counted counted;
    private final ZipOutputStream zip;

    StoredZip(OutputStream out) {
        counted = new Counted(out);
        zip = new ZipOutputStream(counted, StandardCharsets.UTF_8);
        zip.setMethod(ZipOutputStream.STORED);
    }

    private static final class Counted extends FilterOutputStream {
        private long count;

        Counted(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int one) throws IOException {
            out.write(one);
            count++;
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            out.write(bytes, from, length);
            count += length;
        }
    }

    /** Adds bytes as an entry. */
    void add(String name, byte[] bytes) throws IOException {
        add(name, bytes, new float[0]);
    }

    /** Adds bytes, and numbers in little-endian single precision behind them, as an entry. */
    void add(String name, byte[] head, float[] values) throws IOException {
        CRC32 sum = new CRC32();
        OutputStream summed = new CheckedOutputStream(OutputStream.nullOutputStream(), sum);
        summed.write(head);
        LittleEndian.write(values, summed);
        ZipEntry entry = new ZipEntry(name);
        entry.setTimeLocal(TIME);
        entry.setSize(head.length + (long) values.length * Float.BYTES);
        entry.setCrc(sum.getValue());
        entry.setExtra(padding(name));
        zip.putNextEntry(entry);
        zip.write(head);
        LittleEndian.write(values, zip);
        zip.closeEntry();
    }

    private byte[] padding(String name) {
        long start = counted.count + LOCAL_HEADER + name.getBytes(StandardCharsets.UTF_8).length + PADDING_HEAD;
        int length = (int) ((ALIGNMENT - start % ALIGNMENT) % ALIGNMENT);
        byte[] padding = new byte[PADDING_HEAD + length];
        padding[0] = 'F';
        padding[1] = 'B';
        padding[2] = (byte) length;
        return padding;
    }

    /** Writes the directory; the stream stays open. */
    void finish() throws IOException {
        zip.finish();
    }
}
