package dev.tandem.weights.export.container;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes the few things that a state dictionary of PyTorch consists of, in pickle's protocol 2. */
final class PickleWriter {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    PickleWriter() {
        bytes.write(0x80);
        bytes.write(2);
    }

    PickleWriter mark() {
        return code('(');
    }

    /** A tuple of all since the last mark. */
    PickleWriter tuple() {
        return code('t');
    }

    /** Puts all pairs since the last mark into the dictionary before it. */
    PickleWriter setItems() {
        return code('u');
    }

    PickleWriter emptyOrderedDictionary() {
        return global("collections", "OrderedDict").code(')').code('R');
    }

    PickleWriter global(String module, String name) {
        return code('c').raw((module + '\n' + name + '\n').getBytes(StandardCharsets.US_ASCII));
    }

    /** Calls the function before the tuple with it. */
    PickleWriter call() {
        return code('R');
    }

    /** What the tuple before it stands for outside of the pickle. */
    PickleWriter persistent() {
        return code('Q');
    }

    PickleWriter no() {
        return code(0x89);
    }

    PickleWriter text(String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        return code('X').little(utf8.length).raw(utf8);
    }

    PickleWriter number(int value) {
        return code('J').little(value);
    }

    byte[] stop() {
        code('.');
        return bytes.toByteArray();
    }

    private PickleWriter little(int value) {
        return raw(ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array());
    }

    private PickleWriter code(int opcode) {
        bytes.write(opcode);
        return this;
    }

    private PickleWriter raw(byte[] value) {
        bytes.writeBytes(value);
        return this;
    }
}
