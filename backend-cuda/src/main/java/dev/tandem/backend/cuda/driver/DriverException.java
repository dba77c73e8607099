package dev.tandem.backend.cuda.driver;

/** A call that the driver or a library refused; {@link DeviceThread} adds the operation, its shapes and the device. */
public final class DriverException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Kind kind;

    /** What follows from a failure. */
    public enum Kind {
        /** The call did nothing; others still work. */
        REFUSED,
        /** The same, as the library cannot compute what was asked for. */
        UNSUPPORTED,
        /** The same, as there is not enough memory on the device. */
        OUT_OF_MEMORY,
        /** All further calls fail until the process ends or the context is made anew; memory has lost its contents. */
        DEVICE_LOST
    }

    public DriverException(Kind kind, String call, String description) {
        super(call + ": " + description);
        this.kind = kind;
    }

    /** What follows from it. */
    public Kind kind() {
        return kind;
    }
}
