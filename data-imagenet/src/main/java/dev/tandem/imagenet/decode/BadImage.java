package dev.tandem.imagenet.decode;

/** Bytes that are no usable image; the message is the reason, as a phrase without a file name. */
public final class BadImage extends Exception {
    private static final long serialVersionUID = 1L;

    public BadImage(String reason) {
        super(reason);
    }

    public BadImage(String reason, Throwable cause) {
        super(reason, cause);
    }
}
