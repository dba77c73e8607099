package dev.tandem.spi;

/**
 * The name of a device: its backend and its number there, written {@code cpu:0} or {@code cuda:1}.
 *
 * @param backend the backend's name, lower case
 * @param index the device's number in that backend, from 0
 */
public record DeviceId(String backend, int index) {
    public DeviceId {
        if (!backend.matches("[a-z][a-z0-9-]*") || index < 0) {
            throw invalid(backend + ":" + index);
        }
    }

    /**
     * Reads {@code backend:index}.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_ARGUMENT}) when {@code text} is anything else
     */
    public static DeviceId parse(String text) {
        int colon = text.indexOf(':');
        if (colon < 0 || !text.substring(colon + 1).matches("[0-9]{1,4}")) {
            throw invalid(text);
        }
        return new DeviceId(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }

    private static TandemException invalid(String text) {
        return TandemException.argument("device", "not a device name", text, "backend:index such as cpu:0", "");
    }

    @Override
    public String toString() {
        return backend + ":" + index;
    }
}
