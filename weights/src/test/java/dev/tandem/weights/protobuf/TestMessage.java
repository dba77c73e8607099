package dev.tandem.weights.protobuf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes a message, field by field. */
public final class TestMessage {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** A whole number. */
    public TestMessage integer(int field, long value) {
        key(field, 0);
        varint(value);
        return this;
    }

    /** Bytes. */
    public TestMessage bytes(int field, byte[] value) {
        key(field, 2);
        varint(value.length);
        out.writeBytes(value);
        return this;
    }

    /** Text. */
    public TestMessage text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    /** A message. */
    public TestMessage message(int field, TestMessage value) {
        return bytes(field, value.toBytes());
    }

    /** A number of single precision. */
    public TestMessage number(int field, float value) {
        key(field, 5);
        out.writeBytes(floats(value));
        return this;
    }

    /** A number of double precision. */
    public TestMessage number(int field, double value) {
        key(field, 1);
        out.writeBytes(doubles(value));
        return this;
    }

    /** Whole numbers, packed. */
    public TestMessage integers(int field, long... values) {
        TestMessage packed = new TestMessage();
        for (long value : values) {
            packed.varint(value);
        }
        return message(field, packed);
    }

    /** The little-endian bytes of numbers, as packed fields have them. */
    public static byte[] floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    /** The little-endian bytes of numbers, as packed fields have them. */
    public static byte[] doubles(double... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asDoubleBuffer().put(values);
        return bytes.array();
    }

    private void key(int field, int wire) {
        varint((long) field << 3 | wire);
    }

    private void varint(long value) {
        long left = value;
        while ((left & ~0x7FL) != 0) {
            out.write((int) left & 0x7F | 0x80);
            left >>>= 7;
        }
        out.write((int) left);
    }

    /** All of it. */
    public byte[] toBytes() {
        return out.toByteArray();
    }
}
