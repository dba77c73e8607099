package dev.tandem.examples.cli;

import dev.tandem.examples.run.ConfiguredRecipe;
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
import java.util.Arrays;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "evaluate", description = "Measures the errors of a run's model on the validation images.")
final class EvaluateCommand extends Subcommand {
    @Option(names = "--run", paramLabel = "DIR", required = true, description = "The run folder.")
    Path run;

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
    private record Answer(double top1Error, double top5Error, double logLoss, int images, int views) {}

    @Override
    int run() {
        Views wanted = views(views);
        RunFolder folder = RunFolder.existing(run);
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
            Evaluation result = Predictions.of(
                            trained.model(), batches, trained.classNames().size(), wanted.count())
                    .evaluate();
            say(String.format(
                    Locale.ROOT,
                    "%,d images, %d view(s) each: top-1 error %.2f %%, top-5 error %.2f %%, log-loss %.4f",
                    result.images(),
                    views,
                    100 * result.top1Error(),
                    100 * result.top5Error(),
                    result.logLoss()));
            answer(new Answer(result.top1Error(), result.top5Error(), result.logLoss(), result.images(), views));
        }
        return OK;
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
