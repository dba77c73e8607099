package dev.tandem.examples.run;

import dev.tandem.imagenet.ImageFolder;
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
        return workers == 0 ? LoadOptions.defaults() : LoadOptions.defaults().withWorkers(workers);
    }
}
