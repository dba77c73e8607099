package dev.tandem.analysis.features;

import dev.tandem.imagenet.UnlabelledImages;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.Views;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * All that the bits of features depend on: they are continued, or used again, only if it is the same.
 *
 * @param checkpoint the SHA-256 sum of the model's file
 * @param layer the layer
 * @param views crops of an image
 * @param batch images computed at once
 * @param preprocessing how images become inputs, as text
 * @param images {@link UnlabelledImages#fingerprint}; empty if it does not matter
 */
public record FeatureOrigin(
        String checkpoint, String layer, Views views, int batch, String preprocessing, String images) {
    /** The origin of features that are to be computed. */
    public static FeatureOrigin of(
            Path checkpoint, String layer, Views views, int batch, ImageInput input, String images) {
        String preprocessing = input.preprocessing() + (input.upright() ? ", upright" : ", as stored") + ", "
                + input.maximumPixels() + (input.scaled() ? ", scaled" : "");
        return new FeatureOrigin(sha256(checkpoint), layer, views, batch, preprocessing, images);
    }

    private static String sha256(Path file) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
                in.transferTo(OutputStream.nullOutputStream());
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT,
                    "read " + file,
                    "its checksum cannot be computed: " + e,
                    "See that you may read it, and that the disk is in order",
                    e);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    /** In what {@code other} differs, for people: nothing if they are the same. */
    public List<String> differences(FeatureOrigin other) {
        Map<String, Boolean> same = new LinkedHashMap<>();
        same.put("another checkpoint", checkpoint.equals(other.checkpoint));
        same.put("layer " + other.layer, layer.equals(other.layer));
        same.put(other.views == null ? "other views" : other.views.count() + " views", views == other.views);
        same.put("a batch of " + other.batch, batch == other.batch);
        same.put("another preprocessing", preprocessing.equals(other.preprocessing));
        same.put("other images, or images that have changed", Objects.equals(images, other.images));
        return same.entrySet().stream()
                .filter(entry -> !entry.getValue())
                .map(Map.Entry::getKey)
                .toList();
    }
}
