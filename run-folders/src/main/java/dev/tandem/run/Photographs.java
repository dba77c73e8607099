package dev.tandem.run;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.layout.EscapedText;
import dev.tandem.imagenet.layout.ImageNetClasses;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.options.FolderOptions;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.ImageOptions.Orientation;
import dev.tandem.imagenet.options.LoadOptions;
import dev.tandem.imagenet.options.Sampling;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.train.ClassWeights;
import dev.tandem.runtime.config.ImageSettings;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The configured folder of photographs. */
public final class Photographs {
    /** How many times as many images as another a class has when something is said of it. */
    private static final int UNEQUAL = 10;

    private final TandemConfig config;

    /** The folder that {@code config} names. */
    public Photographs(TandemConfig config) {
        this.config = config;
    }

    /**
     * Opens it to train on.
     *
     * @param statistics of the images that the weights to begin with were trained on; empty for the folder's own
     * @param resumed whether a run goes on, which may have been begun with nothing to validate on
     */
    public ImageFolder open(
            Preprocessing preprocessing,
            Optional<TrainingStatistics> statistics,
            boolean resumed,
            ScanProgress progress) {
        FolderOptions choice = choice();
        if (resumed && choice.validation() == FolderOptions.Validation.REQUIRED) {
            choice = choice.withValidation(FolderOptions.Validation.IF_PRESENT);
        }
        ImageFolder images = ImageFolder.open(directory(), preprocessing, statistics, choice, loadOptions(), progress);
        if (!config.train().balanced() && config.train().classWeights() == ClassWeights.NONE) {
            unequal(images).ifPresent(progress::noted);
        }
        return images;
    }

    /** A line on classes of very different sizes, with what may be done. */
    private static Optional<String> unequal(ImageFolder images) {
        List<Integer> counts = images.trainingSizes();
        List<Integer> bySize = IntStream.range(0, counts.size())
                .boxed()
                .filter(label -> counts.get(label) > 0)
                .sorted(Comparator.comparing(counts::get))
                .toList();
        int fewest = bySize.get(0);
        int most = bySize.get(bySize.size() - 1);
        return counts.get(most) < UNEQUAL * counts.get(fewest)
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "The classes are very unequal: %,d images of %s, %,d of %s. A net may do well by never answering"
                                + " with the rare ones; tandem.train.sampling = balanced draws all classes equally"
                                + " often, tandem.train.class-weights = balanced weighs their losses",
                        counts.get(most),
                        EscapedText.visible(
                                ImageNetClasses.display(images.classNames().get(most))),
                        counts.get(fewest),
                        EscapedText.visible(
                                ImageNetClasses.display(images.classNames().get(fewest)))));
    }

    /**
     * Opens images to evaluate a model on that was trained on {@code classNames} and {@code statistics}.
     *
     * @param trainedOn the folder it was trained on; its choice of validation images is not applied to another folder.
     *     Of a model that was imported there is none: then the data decide over the orientation of photographs, as
     *     ImageNet's own are measured as they are stored
     * @param test whether the images to test on are wanted, instead of those to validate on
     */
    public ImageFolder openForEvaluation(
            Preprocessing preprocessing,
            List<String> classNames,
            TrainingStatistics statistics,
            Optional<Path> trainedOn,
            boolean test,
            ScanProgress progress) {
        boolean same = trainedOn.filter(folder -> isSame(folder, directory())).isPresent();
        return ImageFolder.openForEvaluation(
                directory(),
                preprocessing,
                classNames,
                statistics,
                test ? Split.TEST : Split.VALIDATION,
                same || isChosenHere("tandem.images.validation", "tandem.images.split")
                        ? choice()
                        : choice().withoutChoice(),
                options(
                        trainedOn.isEmpty()
                                        && imageOptions().turnsUpright()
                                        && !isChosenHere("tandem.images.orientation")
                                ? imageOptions().undecided()
                                : imageOptions()),
                progress);
    }

    private static boolean isSame(Path a, Path b) {
        try {
            return a.equals(b) || Files.isSameFile(a, b);
        } catch (IOException e) {
            return false; // one of them is gone
        }
    }

    /** Whether one of the settings was written on this command line or by a program, and not in a run's configuration. */
    private boolean isChosenHere(String... settings) {
        return Stream.of(settings)
                .map(key -> config.setting(key).origin())
                .anyMatch(origin -> origin.equals("command line") || origin.startsWith("program:"));
    }

    /** Which of the folder's images are used. */
    public FolderOptions choice() {
        ImageSettings images = config.images();
        return new FolderOptions(
                images.withoutValidation() ? FolderOptions.Validation.NONE : FolderOptions.Validation.REQUIRED,
                images.validation(),
                images.split(),
                config.train().seed(),
                images.badShare(),
                config.train().balanced() ? Sampling.BALANCED : Sampling.NATURAL);
    }

    private Path directory() {
        return config.data()
                .orElseThrow(() -> TandemException.of(
                        ErrorCode.INVALID_CONFIGURATION,
                        "tandem.data",
                        "not set",
                        "nothing",
                        "a folder with train/CLASS/FILE and val/CLASS/FILE",
                        "Pass it with --data"));
    }

    /** How images are loaded, as configured. */
    public LoadOptions loadOptions() {
        return options(imageOptions());
    }

    private LoadOptions options(ImageOptions images) {
        int workers = config.train().workers();
        LoadOptions defaults = LoadOptions.defaults().withImages(images);
        LoadOptions kept =
                config.images().cache().map(defaults::withCacheDirectory).orElse(defaults);
        return workers == 0 ? kept : kept.withWorkers(workers);
    }

    /** How files become pixels, as configured. */
    public ImageOptions imageOptions() {
        Optional<Orientation> orientation =
                config.images().orientation().map(name -> Orientation.valueOf(name.toUpperCase(Locale.ROOT)));
        return new ImageOptions(
                orientation, config.images().maximumPixels(), config.images().scaled());
    }

    /** A line on photographs that EXIF marks as turned, and what was done with them; empty if there are none. */
    public static Optional<String> orientationLine(long turned, Orientation orientation) {
        if (turned == 0) {
            return Optional.empty();
        }
        return Optional.of(String.format(
                Locale.ROOT,
                "Photographs stored turned or mirrored, by EXIF: %,d, %s (tandem.images.orientation = %s)",
                turned,
                orientation == Orientation.APPLY ? "turned upright" : "taken as stored",
                orientation));
    }
}
