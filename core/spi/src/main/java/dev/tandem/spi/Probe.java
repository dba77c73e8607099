package dev.tandem.spi;

/**
 * Whether a backend can run on this machine.
 *
 * @param available whether {@link BackendProvider#open} will work
 * @param detail what was found, or why the backend cannot run, in one line
 * @param remedy what to do about it; empty when available, or if {@code detail} tells it
 */
public record Probe(boolean available, String detail, String remedy) {
    /** The backend can run, with what {@code detail} describes. */
    public static Probe available(String detail) {
        return new Probe(true, detail, "");
    }

    /** The backend cannot run, for the reason {@code why}; {@code remedy} is what would change that. */
    public static Probe unavailable(String why, String remedy) {
        return new Probe(false, why, remedy);
    }
}
