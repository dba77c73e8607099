package dev.tandem.nn.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ShortBuffer;
import java.util.Locale;

/** The floating element types of files of weights: they become single-precision numbers. */
public enum ElementType {
    /** IEEE 754 single precision. */
    F32(Float.BYTES) {
        @Override
        public void next(ByteBuffer elements, float[] to, int count) {
            elements.asFloatBuffer().get(to, 0, count);
            elements.position(elements.position() + count * bytes());
        }

        @Override
        float next(ByteBuffer elements) {
            return elements.getFloat();
        }
    },
    /** Rounded to single precision. */
    F64(Double.BYTES) {
        @Override
        float next(ByteBuffer elements) {
            return (float) elements.getDouble();
        }

        @Override
        double nextDouble(ByteBuffer elements) {
            return elements.getDouble();
        }
    },
    /** IEEE 754 half precision. */
    F16(Short.BYTES) {
        @Override
        float next(ByteBuffer elements) {
            return halfToFloat(elements.getShort());
        }

        @Override
        public void next(ByteBuffer elements, float[] to, int count) {
            ShortBuffer halves = elements.asShortBuffer();
            for (int i = 0; i < count; i++) {
                to[i] = halfToFloat(halves.get(i));
            }
            elements.position(elements.position() + count * bytes());
        }
    },
    /** The upper half of a single-precision number. */
    BF16(Short.BYTES) {
        @Override
        float next(ByteBuffer elements) {
            return Float.intBitsToFloat(elements.getShort() << Short.SIZE);
        }

        @Override
        public void next(ByteBuffer elements, float[] to, int count) {
            ShortBuffer halves = elements.asShortBuffer();
            for (int i = 0; i < count; i++) {
                to[i] = Float.intBitsToFloat(halves.get(i) << Short.SIZE);
            }
            elements.position(elements.position() + count * bytes());
        }
    };

    private final int bytes;

    ElementType(int bytes) {
        this.bytes = bytes;
    }

    /** The bytes of an element. */
    public int bytes() {
        return bytes;
    }

    /**
     * Takes the next elements.
     *
     * @param elements in the byte order of the file
     * @param count how many go to the start of {@code to}
     */
    public void next(ByteBuffer elements, float[] to, int count) {
        for (int i = 0; i < count; i++) {
            to[i] = next(elements);
        }
    }

    /** The next element of {@code elements}, in their byte order. */
    abstract float next(ByteBuffer elements);

    /** The next element in double precision. */
    double nextDouble(ByteBuffer elements) {
        return next(elements);
    }

    /** The type called {@code name}; null if Tandem does not read it. */
    static ElementType named(String name) {
        for (ElementType type : values()) {
            if (type.name().equals(name.toUpperCase(Locale.ROOT))) {
                return type;
            }
        }
        return null;
    }

    /** The exponent is moved into place, and its bias made good by a multiplication, which is right for subnormals too. */
    private static float halfToFloat(short half) {
        int magnitude = half & 0x7FFF;
        int bits = magnitude >= 0x7C00
                ? 0x7F800000 | (magnitude & 0x3FF) << 13
                : Float.floatToRawIntBits(Float.intBitsToFloat(magnitude << 13) * 0x1p112f);
        return Float.intBitsToFloat(bits | (half & 0x8000) << 16);
    }
}
