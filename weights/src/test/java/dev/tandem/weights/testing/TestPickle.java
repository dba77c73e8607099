package dev.tandem.weights.testing;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes pickles as Python 2 and 3 do, and such as they never do. */
public final class TestPickle {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** A pickle that begins with its protocol. */
    public static TestPickle protocol(int protocol) {
        return new TestPickle().bytes(0x80, protocol);
    }

    /** Any bytes: operations of one byte, such as {@code '('}. */
    public TestPickle bytes(int... bytes) {
        for (int b : bytes) {
            out.write(b);
        }
        return this;
    }

    /** Operations of one byte each, such as {@code ")R"}. */
    public TestPickle codes(String codes) {
        return raw(codes.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Bytes as they are. */
    public TestPickle raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    /** A string of Python 2. */
    public TestPickle string(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return bytes('U', bytes.length).raw(bytes);
    }

    /** A string of Python 3. */
    public TestPickle text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return bytes('X').int32(bytes.length).raw(bytes);
    }

    /** An operation with the length of what follows, in 4 bytes. */
    public TestPickle counted(char code, byte[] bytes) {
        return bytes(code).int32(bytes.length).raw(bytes);
    }

    /** An integer. */
    public TestPickle number(int number) {
        return bytes('J').int32(number);
    }

    /** A tuple of integers. */
    public TestPickle numbers(int... numbers) {
        codes("(");
        for (int number : numbers) {
            number(number);
        }
        return codes("t");
    }

    /** A function or class. */
    public TestPickle global(String module, String name) {
        return raw(("c" + module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** A number of 4 bytes without an operation. */
    public TestPickle int32(int number) {
        return raw(ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(number)
                .array());
    }

    /** PyTorch's storage, by its persistent id. */
    public TestPickle storage(String type, String key, int elements) {
        return codes("(")
                .text("storage")
                .global("torch", type)
                .text(key)
                .text("cpu")
                .number(elements)
                .codes("tQ");
    }

    /** PyTorch's tensor in a storage of {@code elements} of single precision. */
    public TestPickle tensor(String key, int elements, int offset, int[] sizes, int[] strides) {
        return global("torch._utils", "_rebuild_tensor_v2")
                .codes("(")
                .storage("FloatStorage", key, elements)
                .number(offset)
                .numbers(sizes)
                .numbers(strides)
                .bytes(0x89)
                .codes("}tR");
    }

    /** The whole, at whose end is nothing but what was written. */
    public byte[] toBytes() {
        return out.toByteArray();
    }
}
