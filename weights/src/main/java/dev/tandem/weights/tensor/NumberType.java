package dev.tandem.weights.tensor;

import dev.tandem.nn.checkpoint.ElementType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The types of the numbers in files of weights; all are read in single precision. */
public enum NumberType {
    /** Half precision. */
    F16(ElementType.F16),
    /** The upper half of a number of single precision. */
    BF16(ElementType.BF16),
    /** Single precision. */
    F32(ElementType.F32),
    /** Double precision. */
    F64(ElementType.F64),
    /** A byte: zero is false. */
    BOOL(1) {
        @Override
        float next(ByteBuffer from) {
            return from.get() == 0 ? 0 : 1;
        }
    },
    /** An integer from -128 to 127. */
    I8(1) {
        @Override
        float next(ByteBuffer from) {
            return from.get();
        }
    },
    /** An integer from 0 to 255. */
    U8(1) {
        @Override
        float next(ByteBuffer from) {
            return Byte.toUnsignedInt(from.get());
        }
    },
    /** An integer of 2 bytes. */
    I16(2) {
        @Override
        float next(ByteBuffer from) {
            return from.getShort();
        }
    },
    /** An integer of 2 bytes, 0 or more. */
    U16(2) {
        @Override
        float next(ByteBuffer from) {
            return Short.toUnsignedInt(from.getShort());
        }
    },
    /** An integer of 4 bytes. */
    I32(4) {
        @Override
        float next(ByteBuffer from) {
            return from.getInt();
        }
    },
    /** An integer of 4 bytes, 0 or more. */
    U32(4) {
        @Override
        float next(ByteBuffer from) {
            return Integer.toUnsignedLong(from.getInt());
        }
    },
    /** An integer of 8 bytes. */
    I64(8) {
        @Override
        float next(ByteBuffer from) {
            return from.getLong();
        }
    },
    /** An integer of 8 bytes, 0 or more. */
    U64(8) {
        @Override
        float next(ByteBuffer from) {
            long bits = from.getLong();
            return bits >= 0 ? bits : 2f * (bits >>> 1 | bits & 1); // the last bit counts for rounding only
        }
    };

    private final int bytes;
    private final @Nullable ElementType floating;

    NumberType(ElementType floating) {
        this.bytes = floating.bytes();
        this.floating = floating;
    }

    NumberType(int bytes) {
        this.bytes = bytes;
        this.floating = null;
    }

    /** The bytes of a number. */
    public int bytes() {
        return bytes;
    }

    /** Whether it is a floating type, which weights have. */
    public boolean isFloating() {
        return floating != null;
    }

    /** The next number of a type that is not floating. */
    float next(ByteBuffer from) {
        throw new AssertionError(this);
    }

    /**
     * Takes the next numbers.
     *
     * @param from in the byte order of the file
     * @param count how many go to the start of {@code to}
     */
    public void next(ByteBuffer from, float[] to, int count) {
        if (floating != null) {
            floating.next(from, to, count);
            return;
        }
        for (int i = 0; i < count; i++) {
            to[i] = next(from);
        }
    }
}
