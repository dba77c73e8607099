package dev.tandem.imagenet.layout.cifar;

import java.util.List;
import java.util.stream.Stream;

/** What was published, and under which names. */
enum Version {
    CIFAR_10_BINARY(
            "CIFAR-10, binary version",
            10,
            1,
            "cifar-10-binary.tar.gz",
            "cifar-10-batches-bin",
            List.of("data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"),
            "test_batch.bin",
            "batches.meta.txt"),
    CIFAR_10_PYTHON(
            "CIFAR-10, Python version",
            10,
            0,
            "cifar-10-python.tar.gz",
            "cifar-10-batches-py",
            List.of("data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"),
            "test_batch",
            "batches.meta"),
    CIFAR_100_BINARY(
            "CIFAR-100, binary version",
            100,
            2,
            "cifar-100-binary.tar.gz",
            "cifar-100-binary",
            List.of("train.bin"),
            "test.bin",
            "fine_label_names.txt"),
    CIFAR_100_PYTHON(
            "CIFAR-100, Python version",
            100,
            0,
            "cifar-100-python.tar.gz",
            "cifar-100-python",
            List.of("train"),
            "test",
            "meta");

    /** The side of the images in pixels. */
    static final int SIDE = 32;
    /** The bytes of an image: planes of red, green and blue. */
    static final int PIXELS = 3 * SIDE * SIDE;
    /** The longest file that may be one of these; the longest of the published ones has 155 million bytes. */
    static final long MAXIMUM_BYTES = 1L << 28;
    /** The superclasses of CIFAR-100. */
    static final int COARSE_CLASSES = 20;

    static final int TRAINING_IMAGES = 50_000;
    static final int TEST_IMAGES = 10_000;

    /** What it is, for people. */
    final String kind;

    final int classes;
    /** The bytes before an image that are its labels, the last of which is its class; 0 if labels lie elsewhere. */
    final int labelBytes;

    final String archive;
    /** What the archive is unpacked to. */
    final String folder;

    final List<String> training;
    final String test;
    /** The file with the names of the classes. */
    final String names;

    Version(
            String kind,
            int classes,
            int labelBytes,
            String archive,
            String folder,
            List<String> training,
            String test,
            String names) {
        this.kind = kind;
        this.classes = classes;
        this.labelBytes = labelBytes;
        this.archive = archive;
        this.folder = folder;
        this.training = training;
        this.test = test;
        this.names = names;
    }

    boolean isPython() {
        return labelBytes == 0;
    }

    /** The files of images. */
    List<String> batches() {
        return Stream.concat(training.stream(), Stream.of(test)).toList();
    }
}
