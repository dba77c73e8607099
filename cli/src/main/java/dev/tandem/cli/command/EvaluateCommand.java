package dev.tandem.cli.command;

import dev.tandem.analysis.report.EvaluationReport;
import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.CountDisplay;
import dev.tandem.cli.console.ExitStatus;
import dev.tandem.cli.console.ProgressDisplay;
import dev.tandem.cli.wiring.CliModule;
import dev.tandem.nn.data.Views;
import dev.tandem.nn.train.Evaluation;
import dev.tandem.nn.train.Placement;
import dev.tandem.nn.train.Predictions;
import dev.tandem.run.RunFolder;
import dev.tandem.run.RunPredictions;
import dev.tandem.run.picture.ConfusionPicture;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.runtime.wiring.Wired;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "evaluate",
        description = "Measures the errors of a run's model, or of several on average, on the validation images.")
public final class EvaluateCommand extends ConfiguredCommand {
    @Option(
            names = "--run",
            paramLabel = "DIR",
            required = true,
            description = "A run folder; repeated, the runs' predictions are averaged.")
    List<Path> runs;

    @Option(names = "--checkpoint", paramLabel = "last|best|FILE", description = "Which checkpoint; default: best.")
    String checkpoint;

    @Option(
            names = "--views",
            paramLabel = "1|9|10",
            defaultValue = "1",
            description =
                    "Crops per image, whose predictions are averaged: 1 is the centre, 9 adds the corners and edges, 10"
                            + " is the centre and the corners with their reflections; default: 1.")
    int views;

    @Option(names = "--test", description = "Evaluate on the folder test, instead of the images to validate on.")
    boolean test;

    public EvaluateCommand(Console console) {
        super(console);
    }

    /**
     * The last line of {@code --json}: errors are shares of 1, top5Error is null with five classes or fewer;
     * confusion counts images, a row for each true class, a column for each predicted one, both in the order of
     * classes.
     */
    private record EvaluateResult(
            double top1Error,
            Double top5Error,
            double logLoss,
            int images,
            int views,
            int runs,
            List<String> classes,
            int[][] confusion,
            List<EvaluationReport.ClassResult> perClass,
            List<EvaluationReport.Wrong> wrong) {}

    @Override
    int run() {
        Views wanted = Views.of("--views", Integer.toString(views));
        RunFolder first = RunFolder.existing(runs.get(0));
        List<RunPredictions> predicted = new ArrayList<>();
        for (Path run : runs) {
            predicted.add(predicted(RunFolder.existing(run), wanted));
            requireSameImages(
                    predicted.get(0).files(),
                    predicted.get(predicted.size() - 1).files(),
                    run);
        }
        Predictions mean = Predictions.average(
                predicted.stream().map(RunPredictions::predictions).toList());
        Evaluation result = mean.evaluate();
        List<String> classNames = first.classNames();
        EvaluationReport report =
                EvaluationReport.of(mean, result, predicted.get(0).files(), classNames);
        say(String.format(
                Locale.ROOT,
                "%,d images, %d view(s) each, %d run(s): %s, log-loss %.4f",
                result.images(),
                views,
                runs.size(),
                ProgressDisplay.errors(result.top1Error(), result.top5Error()),
                result.logLoss()));
        report.lines().forEach(this::say);
        answer(new EvaluateResult(
                result.top1Error(),
                result.top5Error(),
                result.logLoss(),
                result.images(),
                views,
                runs.size(),
                classNames,
                result.confusion(),
                report.perClass(),
                report.wrong()));
        if (first.writePicture("confusion", () -> ConfusionPicture.draw(result.confusion(), classNames))) {
            say("Confusions: " + first.picture("confusion"));
        }
        return ExitStatus.OK;
    }

    private static void requireSameImages(List<String> expected, List<String> files, Path run) {
        if (!files.equals(expected)) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "evaluate",
                    "the runs have seen different images",
                    files.size() + " images for " + run,
                    expected.size() + " of the same names as for the first run",
                    "Name the same images for all runs with --data");
        }
    }

    private RunPredictions predicted(RunFolder folder, Views wanted) {
        TandemConfig config = configuration(folder);
        try (Wired parts = CliModule.open(config);
                CountDisplay checking = scanProgress();
                CountDisplay evaluating = new CountDisplay(console, "Evaluating", "Evaluated")) {
            RunPredictions predictions = RunPredictions.of(
                    folder, checkpoint, config, parts.get(Placement.class), wanted, test, checking, evaluating);
            predictions.orientation().ifPresent(this::say);
            return predictions;
        }
    }
}
