package dev.tandem.cli.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.ExitStatus;
import dev.tandem.cli.run.Session;
import dev.tandem.cli.wiring.CliModule;
import dev.tandem.imagenet.layout.ImageNetClasses;
import dev.tandem.imagenet.options.ImageOptions.Orientation;
import dev.tandem.nn.data.Views;
import dev.tandem.run.Photographs;
import dev.tandem.run.RunFolder;
import dev.tandem.run.TrainedClassifier;
import dev.tandem.runtime.Classifier;
import dev.tandem.runtime.ClassifierOptions;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.runtime.wiring.Wired;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "classify", description = "Names the five likeliest classes of each image.")
public final class ClassifyCommand extends ConfiguredCommand {
    private static final int LIKELIEST = 5;

    @Parameters(paramLabel = "IMAGE", arity = "1..*", description = "JPEG, PNG, WebP, TIFF, GIF or BMP files.")
    List<Path> files;

    @Option(names = "--run", paramLabel = "DIR", required = true, description = "The run folder.")
    Path run;

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

    public ClassifyCommand(Console console) {
        super(console);
    }

    /** {@code words} say what a name of ImageNet's means; absent for others. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Guess(String name, String words, double probability) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record ClassifiedImage(String file, List<Guess> classes, String error) {}

    /** The last line of {@code --json}. */
    private record ClassifyResult(List<ClassifiedImage> images) {}

    @Override
    int run() {
        Views wanted = Views.of("--views", Integer.toString(views));
        RunFolder folder = RunFolder.existing(run);
        TandemConfig config = configuration(folder);
        List<ClassifiedImage> answers;
        try (Wired parts = CliModule.open(config)) {
            answers = classify(parts.get(Session.class), folder, wanted);
        }
        answer(new ClassifyResult(answers));
        return answers.stream().allMatch(answer -> answer.error() == null) ? ExitStatus.OK : ExitStatus.FAILED;
    }

    private List<ClassifiedImage> classify(Session session, RunFolder folder, Views wanted) {
        List<ClassifiedImage> answers = new ArrayList<>();
        ClassifierOptions options = ClassifierOptions.defaults().withViews(wanted);
        try (TrainedClassifier trained = TrainedClassifier.open(
                folder,
                checkpoint,
                session.recipes(),
                session.photographs().imageOptions(),
                session.placement(),
                options)) {
            Classifier photos = trained.classifier();
            for (Path file : files) {
                answers.add(classify(file, photos));
            }
            Orientation orientation = trained.input().upright() ? Orientation.APPLY : Orientation.IGNORE;
            Photographs.orientationLine(photos.turned(), orientation).ifPresent(this::say);
        }
        return answers;
    }

    private ClassifiedImage classify(Path file, Classifier photos) {
        List<Guess> guesses;
        try {
            guesses = photos.classify(file, LIKELIEST).stream()
                    .map(one -> new Guess(
                            one.name(), ImageNetClasses.words(one.name()).orElse(null), one.probability()))
                    .toList();
        } catch (TandemException e) {
            console.err().println(e.getMessage());
            return new ClassifiedImage(file.toString(), null, e.getMessage());
        }
        say(file.toString());
        for (Guess guess : guesses) {
            say(String.format(
                    Locale.ROOT, "  %5.1f %%  %s", 100 * guess.probability(), ImageNetClasses.display(guess.name())));
        }
        return new ClassifiedImage(file.toString(), guesses, null);
    }
}
