package dev.tandem.paper.figure1;

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
 * The training images that the training error is measured on: of each class the same number, at equal distances in the
 * order of the folder; all of their centre view.
 */
final class FixedImages {
    private final ImageFolder images;
    private final int[] positions;

    private FixedImages(ImageFolder images, int[] positions) {
        this.images = images;
        this.positions = positions;
    }

    /**
     * At most {@code most} of the training images: fewer if that does not divide by the classes, or the smallest class
     * has fewer.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) if a class has no training image
     */
    static FixedImages of(ImageFolder images, int most) {
        List<Integer> counts = images.trainingSizes();
        int each = Math.min(most / counts.size(), Collections.min(counts));
        if (each < 1) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "figure 1",
                    "no training images of each class to measure the error on",
                    most + " images of " + counts.size() + " classes, the smallest of " + Collections.min(counts),
                    "one image or more of each class",
                    "Add images, or raise --images");
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
        return new FixedImages(images, positions);
    }

    /** How many they are. */
    int count() {
        return positions.length;
    }

    /** How many classes there are. */
    int classes() {
        return images.classNames().size();
    }

    /** The share of them that {@code model} does not recognise, 0 to 1. */
    double error(Recipe recipe, PlacedModel model, int batch) {
        try (BatchStream stream = images.chosen(Split.TRAIN, positions, batch)) {
            return Predictions.of(recipe, model, stream, 1).evaluate().top1Error();
        }
    }
}
