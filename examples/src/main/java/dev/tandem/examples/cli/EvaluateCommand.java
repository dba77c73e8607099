package dev.tandem.examples.cli;

import dev.tandem.examples.run.ConfiguredRecipe;
import dev.tandem.examples.run.ConfusionPicture;
import dev.tandem.examples.run.Photographs;
import dev.tandem.examples.run.RunFolder;
import dev.tandem.examples.run.TrainedModel;
import dev.tandem.examples.wiring.ExampleWiring;
import dev.tandem.imagenet.ImageFolder;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.Views;
import dev.tandem.nn.train.Evaluation;
import dev.tandem.nn.train.Placement;
import dev.tandem.nn.train.Predictions;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.runtime.wiring.Wired;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "evaluate",
        description = "Measures the errors of a run's model, or of several on average, on the validation images.")
final class EvaluateCommand extends Subcommand {
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
            paramLabel = "1|10",
            defaultValue = "1",
            description = "Crops per image: 1 is the centre, 10 adds corners and reflections; default: 1.")
    int views;

    EvaluateCommand(Console console) {
        super(console);
    }

    /** The last line of {@code --json}. */
    private record Answer(
            double top1Error,
            double top5Error,
            double logLoss,
            int images,
            int views,
            int runs,
            Map<String, Double> classErrors) {}

    @Override
    int run() {
        Views wanted = views(views);
        List<Predictions> predictions = new ArrayList<>();
        for (Path run : runs) {
            predictions.add(predictions(RunFolder.existing(run), wanted));
        }
        Evaluation result = Predictions.average(predictions).evaluate();
        RunFolder first = RunFolder.existing(runs.get(0));
        Map<String, Double> classErrors = classErrors(result, first.classNames());
        say(String.format(
                Locale.ROOT,
                "%,d images, %d view(s) each, %d run(s): top-1 error %.2f %%, top-5 error %.2f %%, log-loss %.4f",
                result.images(),
                views,
                runs.size(),
                100 * result.top1Error(),
                100 * result.top5Error(),
                result.logLoss()));
        classErrors.forEach((name, error) -> say(String.format(Locale.ROOT, "  %-20s %5.1f %%", name, 100 * error)));
        first.writePicture("confusion", ConfusionPicture.draw(result.confusion(), first.classNames()));
        say("Confusions: " + first.path().resolve("confusion.png"));
        answer(new Answer(
                result.top1Error(),
                result.top5Error(),
                result.logLoss(),
                result.images(),
                views,
                runs.size(),
                classErrors));
        return OK;
    }

    private Predictions predictions(RunFolder folder, Views wanted) {
        TandemConfig config = configuration(folder.config());
        // As many rows at a time as in training, so that the arithmetic is that of the logged validation.
        int batch = config.train().batch().orElseThrow();
        int rows = Math.max(1, batch / wanted.count()) * wanted.count();
        try (Wired parts = ExampleWiring.open(config);
                TrainedModel trained = TrainedModel.open(
                        folder, checkpoint, parts.get(ConfiguredRecipe.class), parts.get(Placement.class), rows);
                ImageFolder images = parts.get(Photographs.class)
                        .openForEvaluation(
                                trained.recipe().preprocessing(),
                                trained.classNames(),
                                trained.statistics(),
                                scanProgress());
                BatchStream batches = images.validation(wanted, rows)) {
            return Predictions.of(trained.model(), batches, trained.classNames().size(), wanted.count());
        }
    }

    private static Map<String, Double> classErrors(Evaluation result, List<String> classNames) {
        Map<String, Double> errors = new LinkedHashMap<>();
        for (int label = 0; label < classNames.size(); label++) {
            double error = result.classError(label);
            if (!Double.isNaN(error)) {
                errors.put(classNames.get(label), error);
            }
        }
        return errors;
    }

    /** The views of this count. */
    static Views views(int count) {
        return Arrays.stream(Views.values())
                .filter(views -> views.count() == count)
                .findFirst()
                .orElseThrow(() -> TandemException.of(
                        ErrorCode.INVALID_ARGUMENT, "--views", "no such set of crops", count, "1 or 10", "Correct it"));
    }
}
