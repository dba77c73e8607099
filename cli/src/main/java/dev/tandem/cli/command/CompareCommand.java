package dev.tandem.cli.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tandem.analysis.similarity.ImagePairs;
import dev.tandem.analysis.similarity.ImagePairs.Pair;
import dev.tandem.analysis.similarity.Lpips;
import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.CountDisplay;
import dev.tandem.cli.console.ExitStatus;
import dev.tandem.cli.console.Interrupt;
import dev.tandem.cli.run.Session;
import dev.tandem.cli.wiring.CliModule;
import dev.tandem.imagenet.PictureReader;
import dev.tandem.imagenet.layout.EscapedText;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.ImageOptions.Orientation;
import dev.tandem.nn.checkpoint.PretrainedModel;
import dev.tandem.run.RunFolder;
import dev.tandem.run.TrainedModel;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.runtime.wiring.Wired;
import dev.tandem.spi.TandemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.concurrent.CancellationException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "compare",
        description =
                "Measures how different two images of the same size look to people (LPIPS version 0.1, by AlexNet): 0 is"
                        + " equal. Of two folders, the images with the same names are compared.")
public final class CompareCommand extends ConfiguredCommand {
    /** Nothing is brought to this size here: it is what reading a picture in another size would take. */
    private static final int SIDE = 256;

    private final Interrupt interrupt;

    @Parameters(index = "0", paramLabel = "A", description = "An image, or a folder of images.")
    Path first;

    @Parameters(index = "1", paramLabel = "B", description = "Another image, or another folder.")
    Path second;

    @Option(
            names = "--run",
            paramLabel = "DIR|FILE",
            required = true,
            description = "torchvision's AlexNet: the folder it was imported to, or the file of its weights.")
    Path run;

    public CompareCommand(Console console, Interrupt interrupt) {
        super(console);
        this.interrupt = interrupt;
    }

    /** A pair; distance is null if it could not be compared, and error says why. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Compared(String a, String b, Double distance, String error) {}

    /**
     * The last line of {@code --json}.
     *
     * @param mean of the distances; null if there is none
     * @param alone files of either folder that have no counterpart in the other
     */
    private record CompareResult(String metric, String trunk, Double mean, List<Compared> pairs, List<String> alone) {}

    @Override
    int run() {
        boolean isRun = Files.isDirectory(run);
        RunFolder folder = isRun ? RunFolder.existing(run) : null;
        Path trunk = isRun ? TrainedModel.file(folder, null) : run;
        TandemConfig config = configuration(folder);
        ImagePairs pairs = ImagePairs.of(first, second);
        List<Compared> compared = new ArrayList<>();
        boolean whole = true;
        try (Wired parts = CliModule.open(config);
                CountDisplay progress = new CountDisplay(console, "Comparing", "Compared")) {
            interrupt.onRequest(progress::cancel);
            Session session = parts.get(Session.class);
            ImageOptions pixels = session.photographs().imageOptions();
            ImageOptions decided = pixels.with(pixels.orientation().orElse(Orientation.APPLY));
            try (Lpips lpips = lpips(trunk, session);
                    PictureReader reader = new PictureReader(SIDE, decided)) {
                for (Pair pair : pairs.pairs()) {
                    if (pairs.pairs().size() > 1) {
                        progress.checked(
                                "images", compared.size(), pairs.pairs().size());
                    }
                    compared.add(compare(pair, lpips, reader));
                }
            }
        } catch (CancellationException e) {
            whole = false;
        }
        report(trunk, pairs, compared);
        if (!whole) {
            say(String.format(
                    Locale.ROOT,
                    "Interrupted behind %,d of %,d pairs.",
                    compared.size(),
                    pairs.pairs().size()));
            return ExitStatus.INTERRUPTED;
        }
        return compared.stream().allMatch(pair -> pair.error() == null) ? ExitStatus.OK : ExitStatus.FAILED;
    }

    private static Lpips lpips(Path trunk, Session session) {
        try (PretrainedModel trained = PretrainedModel.open(trunk)) {
            return new Lpips(trained, session.placement());
        }
    }

    private Compared compare(Pair pair, Lpips lpips, PictureReader reader) {
        try {
            double distance = lpips.distance(reader.whole(pair.a()), reader.whole(pair.b()));
            say(String.format(Locale.ROOT, "%.4f  %s  %s", distance, shown(pair.a()), shown(pair.b())));
            return new Compared(pair.a().toString(), pair.b().toString(), distance, null);
        } catch (TandemException e) {
            if (!e.code().isMisuse()) {
                throw e; // no fault of these images
            }
            console.err().println(shown(pair.a()) + ", " + shown(pair.b()) + ": " + e.getMessage());
            return new Compared(pair.a().toString(), pair.b().toString(), null, e.getMessage());
        }
    }

    private static String shown(Path path) {
        return EscapedText.visible(path.toString());
    }

    private void report(Path trunk, ImagePairs pairs, List<Compared> compared) {
        OptionalDouble mean = compared.stream()
                .filter(pair -> pair.distance() != null)
                .mapToDouble(Compared::distance)
                .average();
        if (compared.size() > 1 && mean.isPresent()) {
            say(String.format(
                    Locale.ROOT,
                    "%.4f  mean of %,d pairs",
                    mean.getAsDouble(),
                    compared.stream().filter(pair -> pair.distance() != null).count()));
        }
        List<String> alone = pairs.alone();
        if (!alone.isEmpty()) {
            say(String.format(
                    Locale.ROOT,
                    "Images without a counterpart in the other folder: %,d, such as %s",
                    alone.size(),
                    EscapedText.visible(alone.get(0))));
        }
        pairs.notes().forEach(this::say);
        answer(new CompareResult(
                "LPIPS 0.1 (alex)", trunk.toString(), mean.isPresent() ? mean.getAsDouble() : null, compared, alone));
    }
}
