package dev.tandem.backend.cuda.driver;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * The kernels as PTX, made from {@code src/main/cuda} by {@code src/main/scripts/ptx.sh}. The driver compiles it for
 * the device and keeps the result, so only the first run on a machine waits for that.
 *
 * @param leastCapability the least compute capability that it is made for, times ten
 * @param kernels what the text declares, by name
 */
public record Ptx(String text, int leastCapability, Map<String, Parameters> kernels) {
    /** The least compute capability of this backend, times ten. */
    public static final int LEAST_CAPABILITY = 75;

    /** All kernels, in single precision. */
    public static Ptx exact() {
        return load("exact_", LEAST_CAPABILITY);
    }

    /** Matrix products and convolutions in TF32. */
    public static Ptx tf32() {
        return load("tf32_", 80);
    }

    /** Passes over elements in bfloat16, and conversions. */
    public static Ptx bf16() {
        return load("bf16_", 80);
    }

    private static Ptx load(String name, int capability) {
        try (InputStream in = Ptx.class.getResourceAsStream(name + capability + ".ptx")) {
            String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            return new Ptx(text, capability, Parameters.parse(text));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The text as the driver takes it, with a zero at its end. */
    public byte[] image() {
        return (text + "\0").getBytes(StandardCharsets.US_ASCII);
    }
}
