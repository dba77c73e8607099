package dev.tandem.weights.protobuf;

import dev.tandem.weights.tensor.InputFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The part of a file that messages are being read from. It also counts what they are made into, so that a file of
 * nothing but small fields takes no more memory than a bound.
 */
final class Window {
    private static final int BYTES = 1 << 15;
    private static final int MOST_PARTS = 400_000;
    private static final int MOST_TEXT = 20 << 20;

    private final InputFile file;
    private final byte[] window;
    private final ByteBuffer buffer;
    private long start;
    private int filled;
    private int parts;
    private long text;

    Window(InputFile file) {
        this.file = file;
        this.window = new byte[(int) Math.min(BYTES, file.size())];
        this.buffer = ByteBuffer.wrap(window);
    }

    InputFile file() {
        return file;
    }

    /** The byte at a position, which is inside the file. */
    byte at(long position) {
        long index = position - start;
        if (index < 0 || index >= filled) {
            filled = 0;
            int now = (int) Math.min(window.length, file.size() - position);
            file.read(position, buffer.clear().limit(now));
            start = position;
            filled = now;
            index = 0;
        }
        return window[(int) index];
    }

    /** As many little-endian bytes as a number. */
    long fixed(long position, int count) {
        long value = 0;
        for (int i = 0; i < count; i++) {
            value |= (at(position + i) & 0xFFL) << 8 * i;
        }
        return value;
    }

    /** Some text, UTF-8. */
    String text(long from, int length) {
        countPart();
        text += length;
        if (text > MOST_TEXT) {
            throw file.damaged("names and texts together", text + " bytes or more", MOST_TEXT + " bytes");
        }
        byte[] utf8 = new byte[length];
        file.read(from, ByteBuffer.wrap(utf8));
        return new String(utf8, StandardCharsets.UTF_8);
    }

    /** Counts a message or text. */
    void countPart() {
        if (++parts > MOST_PARTS) {
            throw file.damaged("parts", parts + " or more", MOST_PARTS + " at most");
        }
    }
}
