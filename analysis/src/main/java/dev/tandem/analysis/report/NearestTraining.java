package dev.tandem.analysis.report;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.Dropout;
import dev.tandem.nn.layer.LayerStep;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.Step;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.run.TrainedModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.stream.IntStream;

/**
 * An exact search for the training images nearest to others. Features are computed batch by batch and kept for the best
 * only, so it needs neither a file nor memory for them, and images may lie in any layout of a data folder.
 */
final class NearestTraining {
    private final TrainedModel trained;
    private final String layer;
    private final int rows;
    private final int length;

    /**
     * A search by the features of {@code layer}.
     *
     * @param rows what the model was placed for
     */
    NearestTraining(TrainedModel trained, String layer, int rows) {
        this.trained = trained;
        this.layer = layer;
        this.rows = rows;
        Recipe recipe = trained.recipe();
        this.length = recipe.network()
                .withOutputs(layer)
                .outputShape(recipe.input(1))
                .withoutBatch()
                .arrayLength();
    }

    /** A training image that was found. */
    record Found(int position, double distance) {}

    private static final Comparator<Found> NEAREST_FIRST =
            Comparator.comparingDouble(Found::distance).thenComparing(Found::position);

    /**
     * The layer whose output the classifier takes: before the last layer with parameters, and before its dropout. Empty
     * if that is the network's input.
     */
    static Optional<String> featureLayer(Recipe recipe) {
        Network network = recipe.network();
        String name = network.lastWithParameters(recipe.inputs(1));
        boolean behind = true;
        while (!network.inputs().contains(name)) {
            String wanted = name;
            Step node = network.nodes().stream()
                    .filter(each -> each.name().equals(wanted))
                    .findFirst()
                    .orElseThrow();
            boolean isDropout = node instanceof LayerStep step && step.layer() instanceof Dropout;
            if (!behind && !isDropout) {
                return Optional.of(name);
            }
            behind = false;
            name = node.inputs().get(0);
        }
        return Optional.empty();
    }

    /** Positions of {@code count} of {@code all} images, evenly spread; all of them if they are no more. */
    static int[] spread(int all, int count) {
        return IntStream.range(0, Math.min(all, count))
                .map(i -> (int) ((long) i * all / Math.min(all, count)))
                .toArray();
    }

    /**
     * For each wanted image, the nearest of some training images, the nearest first; without itself, if it is one.
     *
     * @param wanted positions of the images that are looked up among the validation images of {@code validation}
     * @param searched positions of training images of {@code training}
     * @param count how many are wanted of each
     * @param progress counts {@code images}; if it throws, the search ends with that
     */
    List<List<Found>> search(
            ImageFolder validation,
            int[] wanted,
            ImageFolder training,
            int[] searched,
            int count,
            ScanProgress progress) {
        List<float[]> queries = new ArrayList<>();
        each(
                validation,
                Split.VALIDATION,
                wanted,
                (place, features, from, to) -> queries.add(Arrays.copyOfRange(features, from, to)));
        List<PriorityQueue<Found>> best = queries.stream()
                .map(query -> new PriorityQueue<Found>(NEAREST_FIRST.reversed()))
                .toList();
        progress.checked("images", 0, searched.length);
        each(training, Split.TRAIN, searched, (place, features, from, to) -> {
            for (int query = 0; query < queries.size(); query++) {
                PriorityQueue<Found> found = best.get(query);
                double worst = found.size() < count
                        ? Double.POSITIVE_INFINITY
                        : found.element().distance();
                double squares = squares(queries.get(query), features, from, worst);
                // Not ">=": a distance that is no number is none.
                if (squares < worst && !isSame(validation, wanted[query], training, searched[place])) {
                    found.add(new Found(searched[place], squares));
                    if (found.size() > count) {
                        found.remove();
                    }
                }
            }
            progress.checked("images", place + 1, searched.length);
        });
        return best.stream()
                .map(found -> found.stream()
                        .sorted(NEAREST_FIRST)
                        .map(one -> new Found(one.position(), Math.sqrt(one.distance())))
                        .toList())
                .toList();
    }

    private static boolean isSame(ImageFolder validation, int image, ImageFolder training, int other) {
        return validation.place(Split.VALIDATION, image).equals(training.place(Split.TRAIN, other));
    }

    /** The squared distance; if it is more than {@code enough}, any number above that. */
    private static double squares(float[] query, float[] features, int from, double enough) {
        double sum = 0;
        for (int i = 0; i < query.length && !(sum > enough); i++) {
            double difference = (double) query[i] - features[from + i];
            sum += difference * difference;
        }
        return sum;
    }

    /** Takes an image's features: those of {@code features} between {@code from} and {@code to}. */
    private interface Sink {
        void image(int place, float[] features, int from, int to);
    }

    private void each(ImageFolder images, Split split, int[] positions, Sink sink) {
        int place = 0;
        try (BatchStream batches = images.chosen(split, positions, rows)) {
            for (HostBatch batch = batches.next(); batch != null; batch = batches.next()) {
                float[] features = trained.model().features(batch, layer);
                int count = batch.rows();
                batches.recycle(batch);
                for (int row = 0; row < count; row++, place++) {
                    sink.image(place, features, row * length, (row + 1) * length);
                }
            }
        }
    }
}
