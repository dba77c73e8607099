package dev.tandem.imagenet;

/** The parts of a data set. */
public enum Split {
    /** To train on. */
    TRAIN("train"),
    /** To evaluate on while training. */
    VALIDATION("val"),
    /** To evaluate on once; ILSVRC published labels for 2010 only. */
    TEST("test");

    private final String folder;

    Split(String folder) {
        this.folder = folder;
    }

    /** Its name in folders, shards and manifests: train, val or test. */
    public String folder() {
        return folder;
    }
}
