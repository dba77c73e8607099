package dev.tandem.nn.file;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * A message of protocol buffers, made field by field and written in that order. Numbers of tensors are read when they
 * are written; the sizes in front of them are known before.
 */
public final class ProtoMessage {
    private static final int VARINT = 0;
    private static final int EIGHT_BYTES = 1;
    private static final int LENGTH_DELIMITED = 2;
    private static final int FOUR_BYTES = 5;
    private static final int WIRE_TYPE_BITS = 3;

    private final List<Part> parts = new ArrayList<>();

    /** Some bytes of a message. */
    private interface Part {
        long size();

        void writeTo(OutputStream out) throws IOException;
    }

    private record Bytes(byte[] bytes) implements Part {
        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public void writeTo(OutputStream out) throws IOException {
            out.write(bytes);
        }
    }

    private record Numbers(long count, Supplier<float[]> elements) implements Part {
        @Override
        public long size() {
            return count * Float.BYTES;
        }

        @Override
        public void writeTo(OutputStream out) throws IOException {
            LittleEndian.write(elements.get(), out);
        }
    }

    private record Nested(int field, ProtoMessage message) implements Part {
        private byte[] head() {
            return varints(tag(field, LENGTH_DELIMITED), message.size());
        }

        @Override
        public long size() {
            return head().length + message.size();
        }

        @Override
        public void writeTo(OutputStream out) throws IOException {
            out.write(head());
            message.writeTo(out);
        }
    }

    /** A whole number. */
    public ProtoMessage number(int field, long value) {
        parts.add(new Bytes(varints(tag(field, VARINT), value)));
        return this;
    }

    /** A number in single precision. */
    public ProtoMessage decimal(int field, float value) {
        byte[] bytes = ByteBuffer.allocate(Float.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(value)
                .array();
        parts.add(new Bytes(varints(tag(field, FOUR_BYTES))));
        parts.add(new Bytes(bytes));
        return this;
    }

    /** A number in double precision. */
    public ProtoMessage doubleDecimal(int field, double value) {
        parts.add(new Bytes(varints(tag(field, EIGHT_BYTES))));
        parts.add(new Bytes(littleEndian(value)));
        return this;
    }

    /** Numbers in double precision, packed. */
    public ProtoMessage doubleDecimals(int field, double... values) {
        return bytes(field, littleEndian(values));
    }

    private static byte[] littleEndian(double... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asDoubleBuffer().put(values);
        return bytes.array();
    }

    /** A text. */
    public ProtoMessage text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    /** Bytes. */
    public ProtoMessage bytes(int field, byte[] value) {
        parts.add(new Bytes(varints(tag(field, LENGTH_DELIMITED), value.length)));
        parts.add(new Bytes(value));
        return this;
    }

    /** Whole numbers, packed. */
    public ProtoMessage packed(int field, long... values) {
        return bytes(field, varints(values));
    }

    /** A message, to which fields may still be added. */
    public ProtoMessage message(int field, ProtoMessage value) {
        parts.add(new Nested(field, value));
        return this;
    }

    /** So many numbers in single precision, packed, or as raw bytes, which is the same. */
    public ProtoMessage decimals(int field, long count, Supplier<float[]> elements) {
        parts.add(new Bytes(varints(tag(field, LENGTH_DELIMITED), count * Float.BYTES)));
        parts.add(new Numbers(count, elements));
        return this;
    }

    /** How many bytes it has. */
    public long size() {
        return parts.stream().mapToLong(Part::size).sum();
    }

    /** Writes it. */
    public void writeTo(OutputStream out) throws IOException {
        for (Part part : parts) {
            part.writeTo(out);
        }
    }

    private static long tag(int field, int wireType) {
        return (long) field << WIRE_TYPE_BITS | wireType;
    }

    private static byte[] varints(long... values) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (long value : values) {
            long rest = value;
            while ((rest & ~0x7FL) != 0) {
                bytes.write((int) (rest & 0x7F | 0x80));
                rest >>>= 7;
            }
            bytes.write((int) rest);
        }
        return bytes.toByteArray();
    }

    /** All of it, for a small one. */
    public byte[] toBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            writeTo(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("memory takes every byte", e);
        }
        return bytes.toByteArray();
    }
}
