package dev.tandem.nn.data;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Transforms that are applied one after the other.
 *
 * @param transforms in their order
 */
public record TransformChain(List<Transform> transforms) {
    /** Changes nothing. */
    public static final TransformChain NONE = new TransformChain(List.of());

    public TransformChain {
        transforms = List.copyOf(transforms);
    }

    /** This chain, then {@code next}. */
    public TransformChain then(Transform next) {
        if (next == null) {
            throw TandemException.argument("augmentation", "no transform", null, "one", "");
        }
        List<Transform> longer = new ArrayList<>(transforms);
        longer.add(next);
        return new TransformChain(longer);
    }

    /** Whether nothing is changed. */
    public boolean isEmpty() {
        return transforms.isEmpty();
    }

    /**
     * Applies the transforms to an image, in place.
     *
     * @param name of the image, for errors
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) if a transform fails, or leaves a value that is not
     *     finite
     */
    public void apply(String name, float[] image, Shape shape, RandomGenerator random) {
        for (Transform transform : transforms) {
            try {
                transform.apply(image, shape, random);
            } catch (TandemException known) {
                throw known;
            } catch (RuntimeException e) {
                throw TandemException.failure(
                        ErrorCode.INVALID_DATA,
                        "augmentation",
                        "a transform failed for " + name + " of shape " + shape + ": " + e,
                        "",
                        e);
            }
        }
        for (int i = 0; i < image.length && !isEmpty(); i++) {
            if (!Float.isFinite(image[i])) {
                throw TandemException.of(
                        ErrorCode.INVALID_DATA,
                        "augmentation",
                        "a transform left a value that is not finite in " + name,
                        image[i] + " at element " + i,
                        "finite values",
                        "");
            }
        }
    }
}
