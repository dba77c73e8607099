package dev.tandem.examples.run;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.ImageOptions;
import dev.tandem.imagenet.ImageOptions.Orientation;
import dev.tandem.imagenet.LoadOptions;
import dev.tandem.imagenet.ScanProgress;
import dev.tandem.imagenet.TrainingStatistics;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The configured folder of photographs. */
public final class Photographs {
    private final TandemConfig config;

    /** The folder that {@code config} names. */
    @Inject
    public Photographs(TandemConfig config) {
        this.config = config;
    }

    /** Opens it to train on. */
    public ImageFolder open(Preprocessing preprocessing, ScanProgress progress) {
        return ImageFolder.open(directory(), preprocessing, options(), progress);
    }

    /** Opens its validation images for a model that was trained on {@code classNames} and {@code statistics}. */
    public ImageFolder openForEvaluation(
            Preprocessing preprocessing,
            List<String> classNames,
            TrainingStatistics statistics,
            ScanProgress progress) {
        return ImageFolder.openForEvaluation(directory(), preprocessing, classNames, statistics, options(), progress);
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

    private LoadOptions options() {
        int workers = config.train().workers();
        LoadOptions defaults = LoadOptions.defaults().withImages(imageOptions());
        return workers == 0 ? defaults : defaults.withWorkers(workers);
    }

    /** How files become pixels, as configured. */
    public ImageOptions imageOptions() {
        Optional<Orientation> orientation =
                config.images().orientation().map(name -> Orientation.valueOf(name.toUpperCase(Locale.ROOT)));
        return new ImageOptions(orientation, config.images().maximumPixels());
    }

    /** What was done about photographs that EXIF says are to be turned, for people; empty where there are none. */
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
