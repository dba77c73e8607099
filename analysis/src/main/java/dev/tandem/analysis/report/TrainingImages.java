package dev.tandem.analysis.report;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.layout.EscapedText;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.run.Photographs;
import dev.tandem.run.RunFolder;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.TandemException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The images that a run was trained on.
 *
 * @param folder opened as the run opened it
 * @param labels the run's labels, by those of the folder
 */
record TrainingImages(ImageFolder folder, int[] labels) {
    /**
     * Opens them; empty if they cannot be had, which is noted.
     *
     * @param name of the run
     * @param config of the run
     */
    static Optional<TrainingImages> open(
            String name, RunFolder run, TandemConfig config, ScanProgress progress, List<String> notes) {
        String missing = "The training images of " + name + " were not opened: ";
        if (config.data().isEmpty()) {
            notes.add(missing + "the run names no folder of images");
            return Optional.empty();
        }
        String data = EscapedText.visible(config.data().get().toString());
        if (!Files.exists(config.data().get())) {
            notes.add(missing + data + " is gone");
            return Optional.empty();
        }
        try {
            ImageFolder folder = new Photographs(config)
                    .open(
                            new ConfiguredRecipe(config).preprocessing(),
                            Optional.of(TrainingStatistics.read(run.statistics())),
                            true,
                            progress);
            return Optional.of(new TrainingImages(folder, labels(folder.classNames(), run.classNames(), data)));
        } catch (TandemException e) {
            notes.add(missing + e.getMessage());
            return Optional.empty();
        }
    }

    private static int[] labels(List<String> ofFolder, List<String> ofRun, String data) {
        Map<String, Integer> known = new HashMap<>();
        for (int label = 0; label < ofRun.size(); label++) {
            known.put(ofRun.get(label), label);
        }
        return ofFolder.stream()
                .mapToInt(name -> {
                    Integer label = known.get(name);
                    if (label == null) {
                        throw TandemException.argument(
                                "data folder " + data,
                                "it has a class that the run does not tell apart",
                                EscapedText.visible(name),
                                "one of its " + ofRun.size() + " classes",
                                "");
                    }
                    return label;
                })
                .toArray();
    }

    /** The label, in the run, of the training image at {@code position}. */
    int label(int position) {
        return labels[folder.label(Split.TRAIN, position)];
    }
}
