package dev.tandem.weights.testing;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;

/** Writes zip archives, honest ones and others. */
public final class TestZip {
    private static final int IN_EXTENSION = 0xffffffff;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final List<Entry> entries = new ArrayList<>();
    private boolean isLong;

    private record Entry(String name, int method, int flags, int stored, int size, int header) {}

    /** Writes all sizes and places as zip64 does. */
    public TestZip zip64() {
        isLong = true;
        return this;
    }

    /** A stored entry. */
    public TestZip stored(String name, byte[] bytes) {
        return entry(name, 0, 0, bytes, bytes.length, name);
    }

    /** A deflated entry, which claims a size. */
    public TestZip deflated(String name, byte[] bytes, int claimed) {
        Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
        deflater.setInput(bytes);
        deflater.finish();
        byte[] compressed = new byte[bytes.length + 64];
        int length = deflater.deflate(compressed);
        deflater.end();
        return entry(name, 8, 0, Arrays.copyOf(compressed, length), claimed, name);
    }

    /** An entry of any kind. */
    public TestZip entry(String name, int method, int flags, byte[] bytes, int size, String localName) {
        entries.add(new Entry(name, method, flags, bytes.length, size, out.size()));
        byte[] local = localName.getBytes(StandardCharsets.UTF_8);
        out.writeBytes(
                buffer(30).putInt(0x04034b50).putShort(26, (short) local.length).array());
        out.writeBytes(local);
        out.writeBytes(bytes);
        return this;
    }

    /** One more line of the directory for the last entry, by another name. */
    public TestZip again(String name) {
        Entry last = entries.get(entries.size() - 1);
        entries.add(new Entry(name, last.method, last.flags, last.stored, last.size, last.header));
        return this;
    }

    /** The archive. */
    public byte[] toBytes() {
        int start = out.size();
        for (Entry entry : entries) {
            byte[] name = entry.name.getBytes(StandardCharsets.UTF_8);
            ByteBuffer central = buffer(46)
                    .putInt(0x02014b50)
                    .putShort(8, (short) entry.flags)
                    .putShort(10, (short) entry.method)
                    .putInt(20, isLong ? IN_EXTENSION : entry.stored)
                    .putInt(24, isLong ? IN_EXTENSION : entry.size)
                    .putShort(28, (short) name.length)
                    .putShort(30, (short) (isLong ? 28 : 0))
                    .putInt(42, isLong ? IN_EXTENSION : entry.header);
            out.writeBytes(central.array());
            out.writeBytes(name);
            if (isLong) {
                out.writeBytes(buffer(28)
                        .putShort((short) 1)
                        .putShort((short) 24)
                        .putLong(entry.size)
                        .putLong(entry.stored)
                        .putLong(entry.header)
                        .array());
            }
        }
        int bytes = out.size() - start;
        if (isLong) {
            int end = out.size();
            out.writeBytes(buffer(56)
                    .putInt(0x06064b50)
                    .putLong(32, entries.size())
                    .putLong(40, bytes)
                    .putLong(48, start)
                    .array());
            out.writeBytes(buffer(20).putInt(0x07064b50).putLong(8, end).array());
        }
        out.writeBytes(buffer(22)
                .putInt(0x06054b50)
                .putShort(10, (short) (isLong ? -1 : entries.size()))
                .putInt(12, isLong ? IN_EXTENSION : bytes)
                .putInt(16, isLong ? IN_EXTENSION : start)
                .array());
        return out.toByteArray();
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
