package dev.tandem.run;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.data.BatchMemory;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.Views;
import dev.tandem.nn.train.Placement;
import dev.tandem.nn.train.Predictions;
import dev.tandem.runtime.Tandem;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What a run's model makes of images: {@code predictions().evaluate()} gives its errors and confusions.
 *
 * @param predictions in the order of the images
 * @param files the images' names
 * @param classNames the classes, by label
 * @param orientation a line on photographs that are stored turned; empty if there are none
 */
public record RunPredictions(
        Predictions predictions, List<String> files, List<String> classNames, Optional<String> orientation) {
    /** The best model of the run, or else the last, on the validation images that {@code tandem} is configured with. */
    public static RunPredictions of(Tandem tandem, RunFolder run, Views views) {
        ScanProgress silent = ScanProgress.silent();
        return of(run, null, tandem.config(), tandem.placement(), views, false, silent, silent);
    }

    /**
     * The model of one checkpoint of a run on the images of {@code config}.
     *
     * @param checkpoint {@code last}, {@code best}, or a file; null is the best, or the last where none was validated
     * @param test whether the images to test on are wanted, instead of those to validate on
     * @param checking is told of the first look at the images
     * @param evaluating is told how many images are evaluated
     */
    public static RunPredictions of(
            RunFolder run,
            String checkpoint,
            TandemConfig config,
            Placement placement,
            Views views,
            boolean test,
            ScanProgress checking,
            ScanProgress evaluating) {
        int rows = rows(config, views);
        try (TrainedModel trained = TrainedModel.open(run, checkpoint, new ConfiguredRecipe(config), placement, rows);
                ImageFolder images = new Photographs(config)
                        .openForEvaluation(
                                trained.recipe().preprocessing(),
                                trained.classNames(),
                                trained.statistics(),
                                run.configuration().data(),
                                test,
                                checking)) {
            return of(trained, images, views, rows, evaluating);
        }
    }

    /** As many rows at a time as in training, so that the arithmetic is that of the logged validation. */
    public static int rows(TandemConfig config, Views views) {
        int batch = config.train().batch().orElseThrow();
        return Math.max(1, batch / views.count()) * views.count();
    }

    /**
     * A model on the validation images of an opened folder.
     *
     * @param rows what the model was placed for, a multiple of the views
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) if there are none
     */
    public static RunPredictions of(
            TrainedModel trained, ImageFolder images, Views views, int rows, ScanProgress evaluating) {
        if (images.validationSize() == 0) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "evaluate",
                    "no validation images",
                    0,
                    "1 or more",
                    "Name a folder that has some with --data");
        }
        try (BatchStream batches =
                images.validation(views, rows, new BatchMemory(trained.model().devices()))) {
            BatchStream counted = new CountedBatches(batches, views.count(), images.validationSize(), evaluating);
            Predictions predictions = Predictions.of(trained.recipe(), trained.model(), counted, views.count());
            List<String> files = IntStream.range(0, images.validationSize())
                    .mapToObj(images::validationName)
                    .toList();
            Optional<String> orientation = Photographs.orientationLine(
                    images.turned(), images.imageOptions().orientation().orElseThrow());
            return new RunPredictions(predictions, files, trained.classNames(), orientation);
        }
    }
}
