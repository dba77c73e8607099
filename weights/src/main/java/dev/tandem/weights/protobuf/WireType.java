package dev.tandem.weights.protobuf;

/** How the value of a field is written; groups, which are long out of use, are not read. */
public enum WireType {
    VARINT(0),
    FIXED64(1),
    /** A length, then as many bytes: text, a message, or packed numbers. */
    LENGTH(2),
    FIXED32(5);

    private final int code;

    WireType(int code) {
        this.code = code;
    }

    /** The type of a code, or null. */
    static WireType of(int code) {
        for (WireType type : values()) {
            if (type.code == code) {
                return type;
            }
        }
        return null;
    }
}
