package dev.tandem.imagenet;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Writes pickles of protocol 2, instruction by instruction as Python 2's cPickle does, which wrote CIFAR's batches. */
public final class TestPickle {
    /** An array of unsigned bytes: by rows, or by columns as Fortran has it. */
    public record Array(int rows, int columns, byte[] bytes, boolean fortran) {}

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final boolean python3;
    private int remembered;

    private TestPickle(boolean python3) {
        this.python3 = python3;
        out.writeBytes(new byte[] {(byte) 0x80, 2});
    }

    /** A pickled dictionary of numbers, texts, lists of these, and arrays. */
    public static byte[] python2(Map<String, Object> entries) {
        return new TestPickle(false).whole(entries);
    }

    /** The same as Python 3 pickles it at protocol 2: with texts in UTF-8, of which bytes are made. */
    public static byte[] python3(Map<String, Object> entries) {
        return new TestPickle(true).whole(entries);
    }

    private byte[] whole(Map<String, Object> entries) {
        code("}");
        remember();
        code("(");
        entries.forEach((key, value) -> {
            text(key);
            value(value);
        });
        code("u.");
        return out.toByteArray();
    }

    private void value(Object value) {
        if (value instanceof Integer number) {
            number(number);
        } else if (value instanceof String text) {
            text(text);
        } else if (value instanceof Array array) {
            array(array);
        } else {
            code("]");
            remember();
            code("(");
            ((List<?>) value).forEach(this::value);
            code("e");
        }
    }

    private void code(String instructions) {
        out.writeBytes(instructions.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Each value has a number from 1 on. */
    private void remember() {
        remembered++;
        if (remembered < 256) {
            out.write('q');
            out.write(remembered);
        } else {
            little('r', 4, remembered);
        }
    }

    private void little(char instruction, int bytes, int value) {
        out.write(instruction);
        out.write(
                ByteBuffer.allocate(4)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(value)
                        .array(),
                0,
                bytes);
    }

    private void number(int value) {
        boolean two = value >= 0 && value < 1 << 16;
        little(value >= 0 && value < 256 ? 'K' : two ? 'M' : 'J', value >= 0 && value < 256 ? 1 : two ? 2 : 4, value);
    }

    private void text(String text) {
        if (python3) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            little('X', 4, utf8.length);
            out.writeBytes(utf8);
            remember();
        } else {
            bytes(text.getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    private void bytes(byte[] bytes) {
        if (python3) {
            name("_codecs\nencode\n");
            text(new String(bytes, StandardCharsets.ISO_8859_1));
            text("latin1");
            code("\u0086");
            remember();
            code("R");
            remember();
            return;
        }
        little(bytes.length < 256 ? 'U' : 'T', bytes.length < 256 ? 1 : 4, bytes.length);
        out.writeBytes(bytes);
        remember();
    }

    private void name(String lines) {
        code("c" + lines);
        remember();
    }

    private void array(Array array) {
        name(python3 ? "numpy._core.multiarray\n_reconstruct\n" : "numpy.core.multiarray\n_reconstruct\n");
        name("numpy\nndarray\n");
        number(0);
        code("\u0085");
        remember();
        bytes(new byte[] {'b'});
        code("\u0087");
        remember();
        code("R");
        remember();
        code("(");
        number(1);
        number(array.rows);
        number(array.columns);
        code("\u0086");
        remember();
        name("numpy\ndtype\n");
        text("u1");
        number(0);
        number(1);
        code("\u0087");
        remember();
        code("R");
        remember();
        code("(");
        number(3);
        text("|");
        code("NNN");
        number(-1);
        number(-1);
        number(0);
        code("t");
        remember();
        code("b");
        code(array.fortran ? "\u0088" : "\u0089");
        bytes(array.bytes);
        code("t");
        remember();
        code("b");
    }
}
