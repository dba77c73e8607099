package dev.tandem.nn.data;

/** Which crops of an image are evaluated; a prediction is the mean of their softmax outputs (paper, section 4.1). */
public enum Views {
    /** The centre crop. */
    CENTRE(1),
    /** The four corners and the centre, each with its reflection. */
    TEN(10);

    private final int count;

    Views(int count) {
        this.count = count;
    }

    /** Crops per image. */
    public int count() {
        return count;
    }
}
