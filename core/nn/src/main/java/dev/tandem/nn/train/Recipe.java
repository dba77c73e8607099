package dev.tandem.nn.train;

import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.layer.Sequential;
import dev.tandem.spi.Shape;

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
    /** The network's input for {@code rows} images: {@code (rows, 3, crop, crop)}. */
    public Shape input(int rows) {
        return Shape.of(rows, 3, preprocessing.cropSize(), preprocessing.cropSize());
    }
}
