package dev.tandem.weights.pickle;

import dev.tandem.weights.tensor.InputFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** A part of a file, read from its beginning on. */
public final class PickleInput {
    private static final int WINDOW_BYTES = 1 << 16;

    private final InputFile file;
    private final long end;
    private final ByteBuffer window;
    private long windowStart;

    /** Reads the part of {@code file} from {@code start} to before {@code end}, which is inside the file. */
    public PickleInput(InputFile file, long start, long end) {
        this.file = file;
        this.end = end;
        this.windowStart = start;
        this.window = ByteBuffer.allocate((int) Math.min(WINDOW_BYTES, Math.max(Long.BYTES, end - start)))
                .order(ByteOrder.LITTLE_ENDIAN)
                .limit(0);
    }

    InputFile file() {
        return file;
    }

    /** The position in the file of what comes next. */
    public long position() {
        return windowStart + window.position();
    }

    /** The bytes from there to the end. */
    public long remaining() {
        return end - position();
    }

    private void moveTo(long position) {
        windowStart = position;
        window.position(0).limit(0);
    }

    /** Passes over some bytes. */
    public void skip(long bytes) {
        requireRemaining(bytes);
        moveTo(position() + bytes);
    }

    void requireRemaining(long bytes) {
        if (bytes < 0 || bytes > remaining()) {
            throw file.damaged("a length in the pickle is beyond its end", bytes + " bytes", remaining() + " or fewer");
        }
    }

    /** The window with at least some bytes in it; up to 8. */
    private ByteBuffer next(int bytes) {
        if (window.remaining() < bytes) {
            long from = position();
            requireRemaining(bytes);
            window.clear().limit((int) Math.min(window.capacity(), end - from));
            file.read(from, window);
            window.flip();
            windowStart = from;
        }
        return window;
    }

    int unsignedByte() {
        return Byte.toUnsignedInt(next(1).get());
    }

    int unsignedShort() {
        return Short.toUnsignedInt(next(Short.BYTES).getShort());
    }

    int integer() {
        return next(Integer.BYTES).getInt();
    }

    long unsignedInteger() {
        return Integer.toUnsignedLong(integer());
    }

    /** An integer of 8 bytes. */
    public long longInteger() {
        return next(Long.BYTES).getLong();
    }

    /** A double: the one number that pickles have with the first byte first. */
    double bigEndianDouble() {
        return Double.longBitsToDouble(Long.reverseBytes(longInteger()));
    }

    byte[] bytes(int length) {
        requireRemaining(length);
        byte[] bytes = new byte[length];
        for (int done = 0; done < length; ) {
            int now = Math.min(next(1).remaining(), length - done);
            window.get(bytes, done, now);
            done += now;
        }
        return bytes;
    }

    /** A line, without its end. */
    String line(int most) {
        byte[] line = new byte[most];
        for (int length = 0; length < most; length++) {
            line[length] = (byte) unsignedByte();
            if (line[length] == '\n') {
                return new String(line, 0, length, StandardCharsets.UTF_8);
            }
        }
        throw file.damaged("a name in the pickle is too long", "more than " + most + " bytes", most + " or fewer");
    }
}
