package dev.tandem.backend.cpu.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;

/** How a floating-point number is stored. To the caller, all are single precision. */
public enum Precision {
    /** Single precision. */
    F32(dnnl_f32, 4),
    /** The upper half of single precision: 8 bits of significand. */
    BF16(dnnl_bf16, 2);

    private final int type;
    private final int bytes;

    Precision(int type, int bytes) {
        this.type = type;
        this.bytes = bytes;
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
