package dev.tandem.nn.checkpoint;

import java.nio.ByteBuffer;
import java.util.Locale;

/** The element types of the safetensors format that become single-precision numbers. */
enum ElementType {
    F32(Float.BYTES) {
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
    },
    /** The upper half of a single-precision number. */
    BF16(Short.BYTES) {
        @Override
        float next(ByteBuffer elements) {
            return Float.intBitsToFloat(elements.getShort() << Short.SIZE);
        }
    };

    private static final int HALF_MANTISSA_BITS = 10;
    private static final int HALF_EXPONENT_BIAS = 15;

    private final int bytes;

    ElementType(int bytes) {
        this.bytes = bytes;
    }

    /** The bytes of an element. */
    int bytes() {
        return bytes;
    }

    /** The next element of {@code elements}, which are little-endian. */
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

    private static float halfToFloat(short half) {
        int exponent = half >> HALF_MANTISSA_BITS & 0x1F;
        int mantissa = half & 0x3FF;
        float magnitude;
        if (exponent == 0x1F) {
            magnitude = mantissa == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
        } else if (exponent == 0) {
            magnitude = Math.scalb((float) mantissa, 1 - HALF_EXPONENT_BIAS - HALF_MANTISSA_BITS);
        } else {
            magnitude = Math.scalb((float) (mantissa | 0x400), exponent - HALF_EXPONENT_BIAS - HALF_MANTISSA_BITS);
        }
        return half < 0 ? -magnitude : magnitude;
    }
}
