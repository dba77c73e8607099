package dev.tandem.cli.command;

import dev.tandem.analysis.features.FeatureExtractor;
import dev.tandem.analysis.features.FeatureFile;
import dev.tandem.analysis.features.FeatureFormat;
import dev.tandem.analysis.features.FeatureOrigin;
import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.CountDisplay;
import dev.tandem.cli.console.ExitStatus;
import dev.tandem.cli.console.Interrupt;
import dev.tandem.cli.console.ProgressDisplay;
import dev.tandem.cli.run.Session;
import dev.tandem.cli.wiring.CliModule;
import dev.tandem.imagenet.UnlabelledImages;
import dev.tandem.imagenet.options.ImageOptions.Orientation;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.Views;
import dev.tandem.run.Photographs;
import dev.tandem.run.RunFolder;
import dev.tandem.run.TrainedModel;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.runtime.wiring.Wired;
import dev.tandem.spi.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "features",
        description = "Writes what a layer makes of images, a row an image; the same command again goes on after an"
                + " interruption.")
public final class FeaturesCommand extends ConfiguredCommand {
    private final Interrupt interrupt;

    @Parameters(
            paramLabel = "IMAGE|DIR",
            arity = "1..*",
            description =
                    "Image files, and folders whose images are taken, in the folders below too, by name; or one folder of"
                            + " packed shards.")
    List<Path> paths;

    @Option(names = "--run", paramLabel = "DIR", required = true, description = "The run folder.")
    Path run;

    @Option(names = "--checkpoint", paramLabel = "last|best|FILE", description = "Which checkpoint; default: best.")
    String checkpoint;

    @Option(
            names = "--layer",
            paramLabel = "NAME",
            defaultValue = "relu7",
            description =
                    "A layer as summary names it; default: relu7, the last hidden layer behind its ReLU, as in the"
                            + " paper. fc7 is the same before its ReLU.")
    String layer;

    @Option(
            names = "--views",
            paramLabel = "1|9|10",
            defaultValue = "1",
            description = "Crops per image, whose features are averaged; default: 1, the centre.")
    int views;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            required = true,
            description = "FILE.npy, with names beside it in FILE.npy.names.txt, FILE.csv or FILE.parquet. Images that"
                    + " cannot be used are in FILE.skipped.txt.")
    Path out;

    @Option(names = "--overwrite", description = "Replace files that are there.")
    boolean overwrite;

    public FeaturesCommand(Console console, Interrupt interrupt) {
        super(console);
        this.interrupt = interrupt;
    }

    /**
     * The last line of {@code --json}.
     *
     * @param names the file with a line a row; null if the names are in the file itself
     * @param skipped how many images have no row
     * @param skippedList the file with a line for each of these; null if there are none
     * @param imagesPerSecond from the first image of this command to its last, without the time to open the model
     */
    private record FeaturesResult(
            String file,
            String names,
            String layer,
            List<Integer> shape,
            int views,
            int rows,
            int skipped,
            String skippedList,
            double imagesPerSecond,
            double seconds) {}

    @Override
    int run() {
        Views wanted = Views.of("--views", Integer.toString(views));
        FeatureFormat.of(out);
        requireFree(out, overwrite);
        RunFolder folder = RunFolder.existing(run);
        TandemConfig config = configuration(folder);
        UnlabelledImages images = UnlabelledImages.listOrShards(paths);
        try (Wired parts = CliModule.open(config);
                CountDisplay progress = new CountDisplay(console, "Features of", "Features of")) {
            interrupt.onRequest(progress::cancel);
            images.notes().forEach(this::say);
            return extract(parts.get(Session.class), folder, config, images, wanted, progress);
        }
    }

    private int extract(
            Session session,
            RunFolder folder,
            TandemConfig config,
            UnlabelledImages images,
            Views wanted,
            CountDisplay progress) {
        long began = System.nanoTime();
        int atOnce = Math.max(1, config.train().batch().orElseThrow() / wanted.count());
        int rows = atOnce * wanted.count();
        try (TrainedModel trained =
                TrainedModel.open(folder, checkpoint, session.recipes(), session.placement(), rows)) {
            ImageInput input = trained.input(session.photographs().imageOptions());
            FeatureExtractor extractor = new FeatureExtractor(
                    trained, input, layer, wanted, rows, session.photographs().loadOptions());
            FeatureOrigin origin = FeatureOrigin.of(
                    TrainedModel.file(folder, checkpoint), layer, wanted, atOnce, input, images.fingerprint());
            try (FeatureFile file = FeatureFile.open(out, origin, images, extractor.shape())) {
                if (file.position() > 0) {
                    say(String.format(
                            Locale.ROOT, "Going on behind %,d of %,d images", file.position(), images.size()));
                }
                int before = file.position();
                long first = System.nanoTime();
                try {
                    file.fill(extractor, progress);
                } catch (CancellationException e) {
                    say(String.format(
                            Locale.ROOT,
                            "Interrupted behind %,d of %,d images. The same command goes on there.",
                            file.position(),
                            images.size()));
                    return ExitStatus.INTERRUPTED;
                }
                double rate = (file.position() - before) / ((System.nanoTime() - first) / 1e9);
                file.finish();
                progress.close();
                report(file, images, extractor.shape(), rate, (System.nanoTime() - began) / 1e9);
            }
            Orientation orientation = input.upright() ? Orientation.APPLY : Orientation.IGNORE;
            Photographs.orientationLine(images.turned(), orientation).ifPresent(this::say);
        }
        return ExitStatus.OK;
    }

    private void report(FeatureFile file, UnlabelledImages images, Shape shape, double rate, double seconds) {
        int skipped = images.size() + images.unreadable().size() - file.rows();
        List<Integer> extents =
                IntStream.range(0, shape.rank()).mapToObj(shape::dim).toList();
        say(String.format(
                Locale.ROOT,
                "%s: %,d images, %s of shape %s each, %.1f images/s, %s",
                out,
                file.rows(),
                layer,
                shape,
                rate,
                ProgressDisplay.duration(seconds)));
        Path names = FeatureFormat.of(out) == FeatureFormat.NPY ? FeatureFile.names(out) : null;
        if (names != null) {
            say("Names of the rows: " + names);
        }
        Path list = skipped == 0 ? null : FeatureFile.skipped(out);
        if (list != null) {
            say(String.format(Locale.ROOT, "Images left out: %,d, listed with reasons in %s", skipped, list));
        }
        answer(new FeaturesResult(
                out.toString(),
                names == null ? null : names.toString(),
                layer,
                extents,
                views,
                file.rows(),
                skipped,
                list == null ? null : list.toString(),
                rate,
                seconds));
    }
}
