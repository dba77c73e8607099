package dev.tandem.backend.cuda.driver;

/** A call that the driver or a library refused; {@link DeviceThread} adds the operation, its shapes and the device. */
public final class DriverException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DriverException(String call, String description) {
        super(call + ": " + description);
    }
}
