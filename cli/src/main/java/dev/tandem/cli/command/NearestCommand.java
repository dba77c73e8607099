package dev.tandem.cli.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tandem.analysis.features.FeatureExtractor;
import dev.tandem.analysis.features.FeatureOrigin;
import dev.tandem.analysis.features.FeatureSink;
import dev.tandem.analysis.nearest.Gallery;
import dev.tandem.analysis.nearest.NearestSearch;
import dev.tandem.analysis.nearest.NearestSheet;
import dev.tandem.analysis.nearest.Neighbour;
import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.CountDisplay;
import dev.tandem.cli.console.ExitStatus;
import dev.tandem.cli.console.Interrupt;
import dev.tandem.cli.run.Session;
import dev.tandem.cli.wiring.CliModule;
import dev.tandem.imagenet.UnlabelledImages;
import dev.tandem.imagenet.layout.EscapedText;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.Views;
import dev.tandem.run.RunFolder;
import dev.tandem.run.TrainedModel;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.runtime.wiring.Wired;
import dev.tandem.spi.AtomicFile;
import dev.tandem.spi.TandemException;
import java.awt.image.BufferedImage;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import javax.imageio.ImageIO;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "nearest",
        description =
                "Finds the images of a gallery whose features are nearest to an image's, by Euclidean distance. The"
                        + " gallery's features are kept, and computed for new and changed files only.")
public final class NearestCommand extends ConfiguredCommand {
    private static final int MOST_NEIGHBOURS = 100;

    private final Interrupt interrupt;

    @Parameters(
            paramLabel = "IMAGE|DIR",
            arity = "1..*",
            description = "Images whose nearest are wanted, and folders of such; at most 1,000.")
    List<Path> paths;

    @Option(names = "--run", paramLabel = "DIR", required = true, description = "The run folder.")
    Path run;

    @Option(names = "--checkpoint", paramLabel = "last|best|FILE", description = "Which checkpoint; default: best.")
    String checkpoint;

    @Option(
            names = "--gallery",
            paramLabel = "DIR",
            required = true,
            description = "The folder to search, with the folders below; up to a million images.")
    Path gallery;

    @Option(names = "--count", paramLabel = "N", defaultValue = "5", description = "How many each; default: 5.")
    int count;

    @Option(
            names = "--layer",
            paramLabel = "NAME",
            defaultValue = "relu7",
            description =
                    "A layer as summary names it; default: relu7, the last hidden layer behind its ReLU, as in the"
                            + " paper. fc7 is the same before its ReLU.")
    String layer;

    @Option(
            names = "--index",
            paramLabel = "FILE",
            description = "Where the gallery's features are kept; default: in the run folder, a file a gallery.")
    Path index;

    @Option(names = "--out", paramLabel = "FILE.png", description = "Draw a sheet of what was found.")
    Path out;

    @Option(names = "--overwrite", description = "Replace a sheet that is there.")
    boolean overwrite;

    public NearestCommand(Console console, Interrupt interrupt) {
        super(console);
        this.interrupt = interrupt;
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Answer(String file, List<Neighbour> nearest, String error) {}

    /**
     * The last line of {@code --json}; neighbours are named by their paths in the gallery.
     *
     * @param galleryImages how many images of the gallery can be used
     * @param unusable the others, with reasons
     * @param sheet the file of the sheet; null if none was asked for
     */
    private record NearestResult(
            String gallery,
            int galleryImages,
            List<String> unusable,
            String index,
            String layer,
            List<Answer> images,
            String sheet) {}

    @Override
    int run() {
        requireOptions();
        RunFolder folder = RunFolder.existing(run);
        TandemConfig config = configuration(folder);
        UnlabelledImages wanted = UnlabelledImages.list(paths);
        UnlabelledImages listed = UnlabelledImages.list(List.of(gallery));
        try (Wired parts = CliModule.open(config);
                CountDisplay computing = new CountDisplay(console, "Features of", "Features of");
                CountDisplay searching = new CountDisplay(console, "Searching", "Searched")) {
            interrupt.onRequest(() -> {
                computing.cancel();
                searching.cancel();
            });
            listed.notes().forEach(this::say);
            return search(parts.get(Session.class), folder, config, wanted, listed, computing, searching);
        } catch (CancellationException e) {
            say("Interrupted. The same command goes on there: the features computed so far are kept.");
            return ExitStatus.INTERRUPTED;
        }
    }

    private void requireOptions() {
        if (out != null) {
            requireFree(out, overwrite);
        }
        if (count < 1 || count > MOST_NEIGHBOURS) {
            throw TandemException.argument("--count", "out of range", count, "1 to " + MOST_NEIGHBOURS, "");
        }
        if (!Files.isDirectory(gallery)) {
            throw TandemException.argument(
                    "--gallery",
                    EscapedText.visible(gallery.toString()) + " is no folder",
                    Files.exists(gallery) ? "a file" : "nothing there",
                    "a folder of images",
                    "");
        }
        if (out != null && !out.toString().toLowerCase(Locale.ROOT).endsWith(".png")) {
            throw TandemException.argument(
                    "--out",
                    "the sheet is a PNG picture",
                    EscapedText.visible(out.toString()),
                    "a name that ends with .png",
                    "");
        }
    }

    private int search(
            Session session,
            RunFolder folder,
            TandemConfig config,
            UnlabelledImages wanted,
            UnlabelledImages listed,
            CountDisplay computing,
            CountDisplay searching) {
        int batch = config.train().batch().orElseThrow();
        ImageOptions pixels = session.photographs().imageOptions();
        try (TrainedModel trained =
                TrainedModel.open(folder, checkpoint, session.recipes(), session.placement(), batch)) {
            ImageInput input = trained.input(pixels);
            FeatureExtractor extractor = new FeatureExtractor(
                    trained,
                    input,
                    layer,
                    Views.CENTRE,
                    batch,
                    session.photographs().loadOptions());
            FeatureOrigin origin =
                    FeatureOrigin.of(TrainedModel.file(folder, checkpoint), layer, Views.CENTRE, batch, input, "");
            Path kept = index == null ? Gallery.defaultIndex(folder.path(), gallery, layer) : index;
            requireFew(wanted.size(), extractor.shape().arrayLength());
            Gallery found = Gallery.update(kept, gallery, listed, origin, extractor, computing);
            computing.close();
            List<Answer> answers = new ArrayList<>();
            List<NearestSearch.Query> queries = queries(extractor, wanted, answers, searching);
            List<List<Neighbour>> nearest =
                    new NearestSearch(found, session.placement().devices().get(0)).nearest(queries, count, searching);
            searching.close();
            int next = 0;
            for (int i = 0; i < answers.size(); i++) {
                if (answers.get(i).error() == null) {
                    answers.set(i, new Answer(answers.get(i).file(), nearest.get(next++), null));
                }
            }
            List<String> unusable = new ArrayList<>(found.unusable());
            listed.unreadable().forEach(bad -> unusable.add(bad.toString()));
            report(found, unusable, answers);
            boolean drawn = out != null && draw(answers, pixels);
            answer(new NearestResult(
                    gallery.toString(),
                    found.size(),
                    unusable,
                    found.index().toString(),
                    layer,
                    answers,
                    drawn ? out.toString() : null));
            return answers.stream().allMatch(answer -> answer.error() == null) ? ExitStatus.OK : ExitStatus.FAILED;
        }
    }

    private static void requireFew(int images, int features) {
        int most = Math.min(NearestSearch.MOST_QUERIES, NearestSearch.MOST_QUERY_FEATURES / features);
        if (images > most) {
            throw TandemException.argument(
                    "nearest",
                    "too many images to look for at once",
                    images,
                    "at most " + most + " with " + features + " features each",
                    "Name fewer");
        }
    }

    /** The features of the images that are usable; {@code answers} gets all, still without what was found. */
    private List<NearestSearch.Query> queries(
            FeatureExtractor extractor, UnlabelledImages wanted, List<Answer> answers, CountDisplay progress) {
        List<NearestSearch.Query> queries = new ArrayList<>();
        int length = extractor.shape().arrayLength();
        extractor.extract(wanted, 0, new FeatureSink() {
            @Override
            public void row(int position, float[] features, int at) {
                String name = wanted.name(position);
                queries.add(new NearestSearch.Query(
                        Arrays.copyOfRange(features, at, at + length), Gallery.nameIn(gallery, Path.of(name))));
                answers.add(new Answer(name, List.of(), null));
            }

            @Override
            public void unusable(int position, String reason) {
                String name = wanted.name(position);
                console.err().println("image " + EscapedText.visible(name) + ": it is no usable image: " + reason);
                answers.add(new Answer(name, null, reason));
            }

            @Override
            public void reached(int end) {
                progress.checked("images", end, wanted.size());
            }
        });
        wanted.unreadable().forEach(bad -> {
            console.err().println("image " + EscapedText.visible(bad.path()) + ": " + bad.reason());
            answers.add(new Answer(bad.path(), null, bad.reason()));
        });
        return queries;
    }

    private void report(Gallery found, List<String> unusable, List<Answer> answers) {
        say(String.format(Locale.ROOT, "Gallery: %,d images, %s of each in %s", found.size(), layer, found.index()));
        if (!unusable.isEmpty()) {
            say(String.format(
                    Locale.ROOT,
                    "Files of the gallery that cannot be used: %,d, such as %s%s",
                    unusable.size(),
                    EscapedText.visible(unusable.get(0)),
                    unusable.size() > 1 ? "; --json lists them" : ""));
        }
        for (Answer answer : answers) {
            if (answer.error() == null) {
                say(EscapedText.visible(answer.file()));
                answer.nearest()
                        .forEach(near -> say(String.format(
                                Locale.ROOT,
                                "  %12s  %s",
                                NearestSheet.distance(near.distance()),
                                EscapedText.visible(near.file()))));
            }
        }
    }

    private boolean draw(List<Answer> answers, ImageOptions pixels) {
        List<NearestSheet.Row> rows = answers.stream()
                .filter(answer -> answer.error() == null)
                .map(answer -> new NearestSheet.Row(Path.of(answer.file()), answer.nearest()))
                .toList();
        if (rows.isEmpty()) {
            return false;
        }
        if (rows.size() > NearestSheet.MOST_ROWS) {
            say(String.format(
                    Locale.ROOT, "The sheet shows the first %d of %,d images", NearestSheet.MOST_ROWS, rows.size()));
        }
        BufferedImage sheet =
                new NearestSheet(gallery, pixels).draw(rows.subList(0, Math.min(NearestSheet.MOST_ROWS, rows.size())));
        AtomicFile.write(out, channel -> ImageIO.write(sheet, "png", Channels.newOutputStream(channel)));
        say("Sheet: " + out);
        return true;
    }
}
