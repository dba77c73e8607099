package dev.tandem.backend.cuda;

/** A call that the driver or a library refused; {@link DeviceThread} adds the operation, its shapes and the device. */
final class DriverException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    DriverException(String call, int status, String words) {
        super(call + ": " + words);
        this.status = status;
    }

    /** The status it gave, such as the driver's {@code CUresult}. */
    int status() {
        return status;
    }
}
