package dev.tandem.imagenet.layout;

/** The parts of a data set. */
public enum Split {
    /** To train on. */
    TRAIN(0, "train"),
    /** To evaluate on while training. */
    VALIDATION(1, "val"),
    /** To evaluate on once; ILSVRC published labels for 2010 only. */
    TEST(2, "test");

    private final int number;
    private final String folder;

    Split(int number, String folder) {
        this.number = number;
        this.folder = folder;
    }

    /** Tells its random numbers and counts apart; part of what a seed means. */
    public int number() {
        return number;
    }

    /** Its name in folders, shards and manifests: train, val or test. */
    public String folder() {
        return folder;
    }
}
