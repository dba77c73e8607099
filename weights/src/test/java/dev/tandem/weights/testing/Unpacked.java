package dev.tandem.weights.testing;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.zip.GZIPInputStream;

/** Files that are constants of tests: gzip, then base64. */
public final class Unpacked {
    private Unpacked() {}

    /** The bytes of a constant. */
    public static byte[] bytes(String packed) {
        byte[] compressed = Base64.getMimeDecoder().decode(packed);
        try (GZIPInputStream input = new GZIPInputStream(new ByteArrayInputStream(compressed))) {
            return input.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
