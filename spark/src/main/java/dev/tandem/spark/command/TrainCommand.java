package dev.tandem.spark.command;

import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.run.RunFolder;
import dev.tandem.spark.SparkTandem;
import dev.tandem.spark.train.SparkTraining;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "train",
        description = "Trains a recipe on packed images that all executors can read, and leaves a run folder on the"
                + " driver.")
final class TrainCommand extends SparkSubcommand {
    private static final DateTimeFormatter NOW = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);

    @Option(
            names = "--data",
            paramLabel = "URI",
            description = "A folder of shards, such as hdfs://HOST/DIR or a folder that all machines share.")
    @Nullable
    String data;

    @Option(names = "--recipe", paramLabel = "NAME", description = "What is trained, such as paper.")
    @Nullable
    String recipe;

    @Option(
            names = "--run",
            paramLabel = "DIR",
            description = "The run folder, on the driver; default: runs/RECIPE-DATE-TIME.")
    @Nullable
    Path run;

    @Option(names = "--resume", description = "Continue the run in --run DIR from its newest readable checkpoint.")
    boolean resume;

    @Option(
            names = "--workers",
            paramLabel = "N",
            description = "Into how many parts a batch is divided; default: the executors that there are.")
    @Nullable
    String workers;

    @Option(
            names = "--local-steps",
            paramLabel = "N",
            description = "Updates that a worker computes by itself between two exchanges; default: 1, which is"
                    + " synchronous training.")
    @Nullable
    String localSteps;

    @Option(names = "--epochs", paramLabel = "N", description = "Passes over the training set; default: the recipe's.")
    @Nullable
    String epochs;

    @Option(
            names = "--batch",
            paramLabel = "N",
            description = "Images per step, over all workers; default: the recipe's.")
    @Nullable
    String batch;

    @Option(names = "--seed", paramLabel = "N", description = "Chooses everything random; default: 1.")
    @Nullable
    String seed;

    @Option(
            names = "--from",
            paramLabel = "RUN|FILE",
            description = "Begin with the weights of a run or a file on the driver, with its recipe and preprocessing.")
    @Nullable
    String from;

    /** The last line of {@code --json}. */
    private record TrainResult(
            String run,
            int epochs,
            @Nullable Double trainingLoss,
            @Nullable Double top1Error,
            @Nullable Double top5Error,
            boolean finished) {}

    @Override
    Map<String, @Nullable Object> named() {
        Map<String, @Nullable Object> named = new LinkedHashMap<>();
        named.put("tandem.data", data);
        named.put("tandem.recipe", recipe);
        named.put("tandem.cluster.workers", workers);
        named.put("tandem.cluster.local-steps", localSteps);
        named.put("tandem.train.epochs", epochs);
        named.put("tandem.train.batch", batch);
        named.put("tandem.train.seed", seed);
        named.put("tandem.train.from", from);
        return named;
    }

    @Override
    int run(SparkSession spark) {
        SparkTandem tandem = tandem(spark);
        TrainingLines lines = new TrainingLines(this::say);
        try (SparkTraining training = resume ? tandem.resume(required(), lines) : tandem.begin(folder(tandem), lines)) {
            lines.exchangeOf(training);
            say("Run folder: " + training.folder().path());
            StopSignal.onFirst(() -> {
                say("Stopping after the round under way; once more ends at once");
                training.requestStop();
            });
            return report(training, training.train());
        }
    }

    private int report(SparkTraining training, TrainingState end) {
        RunFolder folder = training.folder();
        List<EpochRecord> history = end.history();
        EpochRecord last = history.isEmpty() ? null : history.get(history.size() - 1);
        boolean finished = training.isFinished(end);
        training.finishReason().ifPresent(reason -> say("Finished early: " + reason + "."));
        say(
                finished
                        ? "Done: " + folder.path()
                        : "Interrupted in epoch " + (end.epoch() + 1) + ". Continue with train --resume --run "
                                + folder.path());
        answer(new TrainResult(
                folder.path().toString(),
                end.epoch(),
                last == null ? null : last.trainingLoss(),
                last == null ? null : last.top1Error(),
                last == null ? null : last.top5Error(),
                finished));
        return finished ? OK : INTERRUPTED;
    }

    private Path folder(SparkTandem tandem) {
        return run != null
                ? run
                : Path.of(
                        "runs",
                        tandem.config().recipe().orElse("run") + "-"
                                + LocalDateTime.now().format(NOW));
    }

    private Path required() {
        if (run == null) {
            throw TandemException.argument(
                    "train --resume", "no run to continue", "no --run", "--run DIR", "Name the folder of the run");
        }
        return run;
    }
}
