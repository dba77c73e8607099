package dev.tandem.nn.data;

import dev.tandem.spi.Shape;
import java.util.random.RandomGenerator;

/**
 * A variation of one's own, as part of an {@link Augmentation}. It is applied to each training image, each time it
 * comes, by the threads that decode; so several threads call it at the same time.
 */
@FunctionalInterface
public interface Transform {
    /**
     * Changes one image in place.
     *
     * @param image its values, row-major. Before the crop: pixels, 0 to 255, of the stored square. After the crop: the
     *     network's input. It is for this call only
     * @param shape of the image, {@code (C, H, W)}
     * @param random the only source of chance to use. Its numbers follow from seed, epoch and image alone: they are the
     *     same for any number of threads and after a resume
     */
    void apply(float[] image, Shape shape, RandomGenerator random);
}
