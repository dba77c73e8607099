package dev.tandem.backend.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * The kernels as they travel: PTX made from {@code src/main/cuda} by {@code src/main/scripts/ptx.sh}, which the driver
 * turns into machine code for the device it finds (and keeps, so only a machine's first run waits for that).
 *
 * @param kernels what the text declares, by name
 */
record Ptx(String text, Map<String, Parameters> kernels) {
    /** The least compute capability that the kernels are made for, times ten. */
    static final int LEAST_CAPABILITY = 75;

    private static final String RESOURCE = "kernels_" + LEAST_CAPABILITY + ".ptx";

    /** Reads the resource. */
    static Ptx load() {
        try (InputStream in = Ptx.class.getResourceAsStream(RESOURCE)) {
            String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            return new Ptx(text, Parameters.parse(text));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The text as the driver takes it, with a zero at its end. */
    byte[] image() {
        return (text + "\0").getBytes(StandardCharsets.US_ASCII);
    }
}
