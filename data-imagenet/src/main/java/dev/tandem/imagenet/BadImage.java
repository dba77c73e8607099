package dev.tandem.imagenet;

/** Bytes that are no usable image; the message says why, as a phrase without a file name. */
final class BadImage extends Exception {
    private static final long serialVersionUID = 1L;

    BadImage(String reason) {
        super(reason);
    }

    BadImage(String reason, Throwable cause) {
        super(reason, cause);
    }
}
