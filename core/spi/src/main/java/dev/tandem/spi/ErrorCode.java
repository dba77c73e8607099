package dev.tandem.spi;

/** The kinds of failure, and whether the caller could have avoided them. */
public enum ErrorCode {
    /** A call with arguments that cannot work. */
    INVALID_ARGUMENT(true),
    /** An unknown or mistyped setting. */
    INVALID_CONFIGURATION(true),
    /** A data folder or file that is missing or unusable. */
    INVALID_DATA(true),
    /** A checkpoint that is damaged or belongs to another model. */
    INVALID_CHECKPOINT(true),
    /** A backend that is unknown or cannot run here. */
    BACKEND_UNAVAILABLE(true),
    /** A device that has no memory left. */
    OUT_OF_MEMORY(false),
    /** A failure inside a backend's native library or driver. */
    DEVICE_FAILURE(false),
    /** A file that could not be read or written. */
    INPUT_OUTPUT(false),
    /** More requests at once than may wait. */
    BUSY(false),
    /** A training run that produced NaN or infinity. */
    DIVERGED(false);

    private final boolean misuse;

    ErrorCode(boolean misuse) {
        this.misuse = misuse;
    }

    /** Whether this is misuse (exit status 2) rather than failure (exit status 1). */
    public boolean isMisuse() {
        return misuse;
    }
}
