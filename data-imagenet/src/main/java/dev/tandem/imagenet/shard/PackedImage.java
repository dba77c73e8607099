package dev.tandem.imagenet.shard;

import dev.tandem.imagenet.decode.ImageInfo;

/** An image on its way into a shard, or why it does not get there. */
final class PackedImage {
    private static final int LONGEST_REASON = 500;

    private final String file;
    private final String reason;
    private final byte[] encoded;
    private final ImageInfo info;

    private PackedImage(String file, String reason, byte[] encoded, ImageInfo info) {
        this.file = file;
        this.reason = reason;
        this.encoded = encoded;
        this.info = info;
    }

    /** An image to be stored as {@code encoded}, which was {@code info} before. */
    static PackedImage of(String file, byte[] encoded, ImageInfo info) {
        return new PackedImage(file, null, encoded, info);
    }

    /** A file that is no usable image. */
    static PackedImage quarantined(String file, String reason) {
        String shown = reason.length() > LONGEST_REASON ? reason.substring(0, LONGEST_REASON) + "..." : reason;
        return new PackedImage(file, shown, null, null);
    }

    boolean isQuarantined() {
        return reason != null;
    }

    /** Its name without the split's folder. */
    String file() {
        return file;
    }

    /** Why it is quarantined. */
    String reason() {
        return reason;
    }

    byte[] encoded() {
        return encoded;
    }

    ImageInfo info() {
        return info;
    }
}
