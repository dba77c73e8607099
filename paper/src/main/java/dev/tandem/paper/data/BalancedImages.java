package dev.tandem.paper.data;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Predictions;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Fixed training images to measure a net on: of each class the same number, at equal distances in the order of the
 * folder, and of each its centre view.
 */
public final class BalancedImages {
    private final ImageFolder images;
    private final int[] positions;

    private BalancedImages(ImageFolder images, int[] positions) {
        this.images = images;
        this.positions = positions;
    }

    /**
     * At most {@code most} of the training images: fewer if that does not divide by the classes, or the smallest class
     * has fewer.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) if a class has no training image
     */
    public static BalancedImages of(ImageFolder images, int most) {
        List<Integer> counts = images.trainingSizes();
        int each = Math.min(most / counts.size(), Collections.min(counts));
        if (each < 1) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "measure a net",
                    "no training images of each class to measure it on",
                    most + " images of " + counts.size() + " classes, the smallest of " + Collections.min(counts),
                    "one image or more of each class",
                    "Add images of each class, or measure on more");
        }
        List<List<Integer>> byClass = IntStream.range(0, counts.size())
                .<List<Integer>>mapToObj(label -> new ArrayList<>())
                .toList();
        for (int position = 0; position < images.trainingSize(); position++) {
            byClass.get(images.label(Split.TRAIN, position)).add(position);
        }
        int[] positions = byClass.stream()
                .flatMapToInt(all -> IntStream.range(0, each).map(i -> all.get((int) ((long) i * all.size() / each))))
                .toArray();
        return new BalancedImages(images, positions);
    }

    /** How many they are. */
    public int count() {
        return positions.length;
    }

    /** What tells the data apart from others. */
    public String fingerprint() {
        return images.fingerprint();
    }

    /** How many classes there are. */
    public int classes() {
        return images.classNames().size();
    }

    /** All of them in their order, in batches of {@code size}; the last may be partly filled. */
    public BatchStream batches(int size) {
        return images.chosen(Split.TRAIN, positions, size);
    }

    /** The share of them that {@code model} does not recognise, 0 to 1. */
    public double error(Recipe recipe, PlacedModel model, int batch) {
        try (BatchStream stream = batches(batch)) {
            return Predictions.of(recipe, model, stream, 1).evaluate().top1Error();
        }
    }
}
