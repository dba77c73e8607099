package dev.tandem.backend.cpu.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;

import java.util.Arrays;

/** How a floating-point number is stored. To the caller, all are single precision. */
public enum Precision {
    /** Single precision. */
    F32(dnnl_f32, 4),
    /** The upper half of single precision: 8 bits of significand. */
    BF16(dnnl_bf16, 2),
    /** Half precision: 11 bits of significand, from 6e-8 to 65,504. */
    F16(dnnl_f16, 2);

    private final int type;
    private final int bytes;

    Precision(int type, int bytes) {
        this.type = type;
        this.bytes = bytes;
    }

    /** The precision with oneDNN's name {@code type}. */
    static Precision of(int type) {
        return Arrays.stream(values())
                .filter(precision -> precision.type == type)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("oneDNN chose numbers of type " + type));
    }

    /** oneDNN's name. */
    int type() {
        return type;
    }

    /** The bytes of one number. */
    public int bytes() {
        return bytes;
    }
}
