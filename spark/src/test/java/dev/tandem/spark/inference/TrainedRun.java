package dev.tandem.spark.inference;

import dev.tandem.run.Photographs;
import dev.tandem.run.RunFolder;
import dev.tandem.run.TrainedClassifier;
import dev.tandem.run.TrainingRun;
import dev.tandem.runtime.Classifier;
import dev.tandem.runtime.ClassifierOptions;
import dev.tandem.runtime.Tandem;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.spark.train.TinyRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A tiny run that was trained, with its data.
 *
 * @param photographs a folder of image files, of classes
 * @param shards the same, packed
 * @param path the folder of the run
 */
public record TrainedRun(Path photographs, Path shards, Path path) {
    /** Trains in {@code folder}. */
    public static TrainedRun in(Path folder) throws IOException {
        Path shards = TinyRun.shards(folder);
        Path run = folder.resolve("run");
        try (Tandem tandem = Tandem.configure(TinyRun.config(shards, Map.of()));
                TrainingRun training = TrainingRun.begin(tandem, run, (epoch, state, model) -> {})) {
            training.train();
        }
        return new TrainedRun(folder.resolve("photographs"), shards, run);
    }

    /** The files to validate on, by name. */
    public List<Path> files() {
        try (Stream<Path> files = Files.walk(photographs.resolve("val"))) {
            return files.filter(Files::isRegularFile).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the classifier of {@code ./tandem classify} answers. */
    public <T> T withClassifier(int threads, ClassifierOptions options, Function<Classifier, T> use) {
        RunFolder folder = RunFolder.existing(path);
        try (Tandem tandem = Tandem.configure(folder.configuration("tandem.cpu.threads = " + threads));
                TrainedClassifier trained = TrainedClassifier.open(
                        folder,
                        null,
                        new ConfiguredRecipe(tandem.config()),
                        new Photographs(tandem.config()).imageOptions(),
                        tandem.placement(),
                        options)) {
            return use.apply(trained.classifier());
        }
    }
}
