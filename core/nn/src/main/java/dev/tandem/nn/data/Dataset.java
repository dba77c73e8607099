package dev.tandem.nn.data;

import dev.tandem.spi.Shape;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Labelled training and validation images, ready for one recipe's preprocessing. */
public interface Dataset extends AutoCloseable {
    /** The classes, in the order of their labels. */
    List<String> classNames();

    /** The shape of one network input: {@code (C, H, W)}. */
    Shape sampleShape();

    /**
     * The shape of the numbers that are a sample's target, as {@link HostBatch#targets} has them; null if samples have
     * labels.
     */
    default @Nullable Shape targetShape() {
        return null;
    }

    /** The shape of a sample of each input, for a network of several; the first is {@link #sampleShape}. */
    default List<Shape> sampleShapes() {
        return List.of(sampleShape());
    }

    /** Usable training images. */
    int trainingSize();

    /** Usable training images of each class, by label. */
    List<Integer> trainingSizes();

    /** Usable validation images; 0 if there are none. */
    int validationSize();

    /** How its images become network inputs, for whoever uses what is trained; empty if they are no photographs. */
    default Optional<ImageInput> imageInput() {
        return Optional.empty();
    }

    /** Identifies the images, their labels and the preprocessing: equal data have equal fingerprints. */
    String fingerprint();

    /**
     * The batches of one epoch from {@code firstBatch} on, each full; images that do not fill a last batch are left out
     * of this epoch. Order, crops and colours depend on seed and epoch alone, not on the number of workers.
     */
    BatchStream training(Augmentation augmentation, long seed, int epoch, int firstBatch, int batchSize);

    /**
     * As {@link #training(Augmentation, long, int, int, int)}, with the inputs of batches in {@code memory};
     * by default in arrays.
     */
    default BatchStream training(
            Augmentation augmentation, long seed, int epoch, int firstBatch, int batchSize, BatchMemory memory) {
        return training(augmentation, seed, epoch, firstBatch, batchSize);
    }

    /** All validation images, in a fixed order; {@code batchSize} counts rows and is a multiple of the views. */
    BatchStream validation(Views views, int batchSize);

    /**
     * As {@link #validation(Views, int)}, with the inputs of batches in {@code memory}; by default in arrays.
     */
    default BatchStream validation(Views views, int batchSize, BatchMemory memory) {
        return validation(views, batchSize);
    }

    @Override
    void close();
}
