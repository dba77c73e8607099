package dev.tandem.weights.onnx;

import dev.tandem.weights.tensor.NumberType;
import org.jspecify.annotations.Nullable;

/** The types of elements, in the order of their numbers. */
enum OnnxType {
    UNDEFINED,
    FLOAT(NumberType.F32),
    UINT8(NumberType.U8),
    INT8(NumberType.I8),
    UINT16(NumberType.U16),
    INT16(NumberType.I16),
    INT32(NumberType.I32),
    INT64(NumberType.I64),
    STRING,
    BOOL(NumberType.BOOL),
    FLOAT16(NumberType.F16),
    DOUBLE(NumberType.F64),
    UINT32(NumberType.U32),
    UINT64(NumberType.U64),
    COMPLEX64,
    COMPLEX128,
    BFLOAT16(NumberType.BF16),
    FLOAT8E4M3FN,
    FLOAT8E4M3FNUZ,
    FLOAT8E5M2,
    FLOAT8E5M2FNUZ,
    UINT4,
    INT4,
    FLOAT4E2M1;

    /** How its elements become single-precision numbers; null if they do not. */
    final @Nullable NumberType elements;

    OnnxType() {
        this(null);
    }

    OnnxType(@Nullable NumberType elements) {
        this.elements = elements;
    }

    /** The type of a number; null if there is none. */
    static @Nullable OnnxType of(long number) {
        return number < 0 || number >= values().length ? null : values()[(int) number];
    }
}
