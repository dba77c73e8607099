package dev.tandem.imagenet.options;

/** How often the images of a class are drawn in an epoch. */
public enum Sampling {
    /** Every image once. */
    NATURAL,
    /**
     * Every class equally often: an epoch has as many images as the set, an equal share of each class. The images of a
     * small class come several times, with crops and colours of their own; of a large class every epoch shows others,
     * at random.
     */
    BALANCED
}
