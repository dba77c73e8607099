package dev.tandem.analysis.features;

/** Takes the features of images in the order of the images. Each has a row, or a reason why it has none. */
public interface FeatureSink {
    /**
     * The features of the image at {@code position}: as many elements of {@code features} as an image has, from {@code
     * at} on. They are valid during the call.
     */
    void row(int position, float[] features, int at);

    /** The image at {@code position} has no features, for {@code reason}. */
    void unusable(int position, String reason);

    /** All images before position {@code end} have been passed on; nothing of those from there on was. */
    void reached(int end);
}
