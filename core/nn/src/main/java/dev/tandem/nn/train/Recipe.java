package dev.tandem.nn.train;

import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.layer.Sequential;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;

/**
 * Everything that makes a published result.
 *
 * @param name what it is called
 * @param network the layers, ending in logits
 * @param classes how many classes it tells apart
 * @param preprocessing what is done to every image
 * @param augmentation what varies between training passes
 * @param sgd the optimizer
 * @param schedule the learning rate by epoch
 * @param epochs passes over the training set
 * @param batch images per step
 */
public record Recipe(
        String name,
        Sequential network,
        int classes,
        Preprocessing preprocessing,
        Augmentation augmentation,
        Sgd sgd,
        RateSchedule schedule,
        int epochs,
        int batch) {
    public Recipe {
        if (epochs < 1 || batch < 1 || classes < 2) {
            throw TandemException.argument(
                    "recipe " + name,
                    "below its least value",
                    "epochs " + epochs + ", batch " + batch + ", classes " + classes,
                    "epochs and batch 1 or more, classes 2 or more",
                    "Correct tandem.train.epochs or tandem.train.batch");
        }
    }

    /** The network's input for {@code rows} images: {@code (rows, 3, crop, crop)}. */
    public Shape input(int rows) {
        return Shape.of(rows, 3, preprocessing.cropSize(), preprocessing.cropSize());
    }

    /** This recipe over another number of epochs, its schedule stretched alike. */
    public Recipe withEpochs(int count) {
        RateSchedule stretched = schedule.stretched(count / (double) epochs);
        return new Recipe(name, network, classes, preprocessing, augmentation, sgd, stretched, count, batch);
    }

    /** This recipe with other batches, at the same learning rates. */
    public Recipe withBatch(int images) {
        return new Recipe(name, network, classes, preprocessing, augmentation, sgd, schedule, epochs, images);
    }

    /** This recipe with every learning rate multiplied by {@code factor}. */
    public Recipe withRateFactor(double factor) {
        RateSchedule scaled = schedule.scaled(factor);
        return new Recipe(name, network, classes, preprocessing, augmentation, sgd, scaled, epochs, batch);
    }
}
