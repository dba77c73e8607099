package dev.tandem.analysis.report;

import dev.tandem.analysis.report.NearestTraining.Found;
import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.train.Predictions;
import dev.tandem.run.TrainedModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Images that show what a model does, as the paper's figure 4.
 *
 * @param mistakes the surest wrong predictions
 * @param hardest images whose class got the least probability, others than the mistakes
 * @param nearest images with the training images nearest to them
 */
record ImageExamples(List<ImageRow> mistakes, List<ImageRow> hardest, List<NearestRow> nearest) {
    private static final int ROWS = 12;
    private static final int NEAREST_ROWS = 8;
    private static final int NEIGHBOURS = 6;

    static ImageExamples none() {
        return new ImageExamples(List.of(), List.of(), List.of());
    }

    /**
     * The examples of an evaluation.
     *
     * @param images that were evaluated
     * @param rows what the model was placed for
     * @param training empty if there are none to search
     * @param searched how many training images are searched at most; 0 for none
     * @param notes gets what is missing
     */
    static ImageExamples of(
            Predictions predictions,
            ImageFolder images,
            TrainedModel trained,
            int rows,
            Optional<TrainingImages> training,
            int searched,
            ScanProgress searching,
            List<String> notes) {
        try (Thumbnails pictures = new Thumbnails(images, notes)) {
            List<Integer> wrong = ImageRow.surestMistakes(predictions, ROWS);
            List<ImageRow> mistakes = rows(predictions, images, wrong, pictures);
            List<ImageRow> hardest = rows(predictions, images, ImageRow.hardest(predictions, wrong, ROWS), pictures);
            Optional<String> layer = NearestTraining.featureLayer(trained.recipe());
            if (searched == 0 || training.isEmpty() || layer.isEmpty()) {
                notes.add("Nearest training images were not looked for: "
                        + (searched == 0
                                ? "it was asked not to"
                                : training.isEmpty()
                                        ? "there are no training images"
                                        : "the classifier takes the image itself, and no features"));
                return new ImageExamples(mistakes, hardest, List.of());
            }
            NearestTraining search = new NearestTraining(trained, layer.get(), rows);
            List<NearestRow> nearest =
                    nearest(predictions, images, pictures, search, training.get(), searched, searching, notes);
            return new ImageExamples(mistakes, hardest, nearest);
        }
    }

    private static List<ImageRow> rows(
            Predictions predictions, ImageFolder images, List<Integer> positions, Thumbnails pictures) {
        List<ImageRow> rows = new ArrayList<>();
        for (int position : positions) {
            rows.add(ImageRow.of(
                    images.validationName(position),
                    predictions.labels().get(position),
                    predictions.probabilities().get(position),
                    pictures.of(Split.VALIDATION, position)));
        }
        return rows;
    }

    private static List<NearestRow> nearest(
            Predictions predictions,
            ImageFolder images,
            Thumbnails pictures,
            NearestTraining search,
            TrainingImages training,
            int searched,
            ScanProgress searching,
            List<String> notes) {
        int all = training.folder().trainingSize();
        int[] gallery = NearestTraining.spread(all, searched);
        int[] wanted = NearestRow.chosen(predictions, NEAREST_ROWS).stream()
                .mapToInt(Integer::intValue)
                .toArray();
        if (gallery.length < all) {
            notes.add(String.format(
                    Locale.ROOT,
                    "The nearest training images were looked for among %,d of %,d, evenly spread; --search sets how many",
                    gallery.length,
                    all));
        }
        List<List<Found>> found = search.search(images, wanted, training.folder(), gallery, NEIGHBOURS, searching);
        List<NearestRow> rows = new ArrayList<>();
        try (Thumbnails ofTraining = new Thumbnails(training.folder(), notes)) {
            for (int row = 0; row < wanted.length; row++) {
                List<NearestRow.Neighbour> neighbours = new ArrayList<>();
                for (Found near : found.get(row)) {
                    neighbours.add(new NearestRow.Neighbour(
                            training.folder().name(Split.TRAIN, near.position()),
                            training.label(near.position()),
                            near.distance(),
                            ofTraining.of(Split.TRAIN, near.position())));
                }
                int position = wanted[row];
                rows.add(new NearestRow(
                        images.validationName(position),
                        predictions.labels().get(position),
                        Predictions.likeliest(predictions.probabilities().get(position)),
                        pictures.of(Split.VALIDATION, position),
                        neighbours));
            }
        }
        return rows;
    }
}
