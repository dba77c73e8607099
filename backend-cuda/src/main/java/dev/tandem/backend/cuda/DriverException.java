package dev.tandem.backend.cuda;

/** A call that the driver or a library refused; {@link DeviceThread} adds the operation, its shapes and the device. */
final class DriverException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DriverException(String call, String words) {
        super(call + ": " + words);
    }
}
