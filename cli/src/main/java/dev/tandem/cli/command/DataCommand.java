package dev.tandem.cli.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.CountDisplay;
import dev.tandem.cli.console.ExitStatus;
import dev.tandem.imagenet.ImageSource;
import dev.tandem.imagenet.layout.ImageListing;
import dev.tandem.imagenet.layout.ImageNetClasses;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.options.FolderOptions;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.overview.DataOverview;
import dev.tandem.imagenet.overview.DataPictures;
import dev.tandem.imagenet.overview.SizeHistogram;
import dev.tandem.imagenet.overview.SizeHistogram.Bin;
import dev.tandem.imagenet.shard.Manifest.Note;
import dev.tandem.imagenet.shard.Manifest.PackedClass;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.nn.data.Preprocessing.Resize;
import dev.tandem.run.PackSummary;
import dev.tandem.run.Photographs;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.AtomicFile;
import dev.tandem.spi.TandemException;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "data",
        description = "Says what a data set holds: classes, sizes, odd files, mean and principal colours; draws them.")
public final class DataCommand extends ConfiguredCommand {
    private static final int IMAGE_SIZE = 256;
    private static final int CHANNELS = 3;
    private static final int SHOWN = 20;
    /** A contact sheet is about this wide, whatever the number of classes, with samples of 64 to 160 pixels. */
    private static final int SHEET = 1600;

    @Parameters(
            arity = "0..1",
            paramLabel = "DIR",
            description = "Class folders, tars, official archives, CIFAR's files or shards; the same as --data DIR.")
    String directory;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where contact-sheet.png, mean-image.png, principal-colours.png and overview.json go.")
    Path out;

    @Option(names = "--all-classes", description = "List every class, not only the largest and the smallest.")
    boolean allClasses;

    @Mixin
    ValidationOptions validation = new ValidationOptions();

    public DataCommand(Console console) {
        super(console);
    }

    @Override
    Map<String, Object> named() {
        Map<String, Object> named = super.named();
        validation.addTo(named);
        if (directory != null) {
            if (data != null) {
                throw TandemException.argument(
                        "data", "two data sets", directory + " and " + data, "one", "Leave out DIR or --data");
            }
            named.put("tandem.data", directory);
        }
        return named;
    }

    /** Sizes in pixels. */
    private record Sizes(
            double meanWidth, double meanHeight, int shortestSide, int longestSide, List<Bin> shorterSides) {
        static Sizes of(SizeHistogram sizes) {
            return new Sizes(
                    sizes.meanWidth(),
                    sizes.meanHeight(),
                    sizes.shortestSide(),
                    sizes.longestSide(),
                    sizes.bins().stream().filter(bin -> bin.images() > 0).toList());
        }
    }

    /** On the scale 0 to 255, channels red, green, blue; a row of {@code components} each, the largest first. */
    private record Colours(double[] mean, double[] deviation, double[] eigenvalues, double[][] components) {
        static Colours of(TrainingStatistics statistics) {
            return new Colours(
                    IntStream.range(0, CHANNELS)
                            .mapToDouble(statistics::channelMean)
                            .toArray(),
                    IntStream.range(0, CHANNELS)
                            .mapToDouble(statistics::channelDeviation)
                            .toArray(),
                    IntStream.range(0, CHANNELS)
                            .mapToDouble(statistics::eigenvalue)
                            .toArray(),
                    IntStream.range(0, CHANNELS)
                            .mapToObj(component -> IntStream.range(0, CHANNELS)
                                    .mapToDouble(channel -> statistics.eigenvector(component, channel))
                                    .toArray())
                            .toArray(double[][]::new));
        }
    }

    /** The last line of {@code --json}, and {@code overview.json}; colours are null without training images. */
    private record DataResult(
            String kind,
            Map<String, Long> images,
            List<PackedClass> classes,
            Sizes sizes,
            Map<Integer, Long> orientations,
            List<Note> odd,
            List<Note> quarantined,
            List<String> notes,
            Colours colours) {}

    @Override
    int run() {
        TandemConfig config = configuration(null);
        Path folder = config.data().orElseThrow();
        FolderOptions choice = new Photographs(config).choice();
        if (choice.validation() == FolderOptions.Validation.REQUIRED) {
            choice = choice.withValidation(FolderOptions.Validation.IF_PRESENT);
        }
        ImageListing source;
        ImageOptions images;
        DataOverview overview;
        try (CountDisplay progress = new CountDisplay(console, "Looking at", "Looked at")) {
            source = ImageSource.open(folder, choice, progress);
            int cores = Math.min(256, Runtime.getRuntime().availableProcessors());
            images = ImageSource.decided(source, new Photographs(config).imageOptions(), folder);
            Preprocessing squares = new Preprocessing(IMAGE_SIZE, IMAGE_SIZE, Pixels.MEAN_IMAGE)
                    .withResize(config.images().resize().orElse(Resize.SHORTER_SIDE));
            overview = DataOverview.of(source, squares, images, cores, progress);
        }
        Map<String, Long> counts = new LinkedHashMap<>();
        for (Split split : Split.values()) {
            counts.put(split.folder(), overview.images(split));
        }
        say(String.format(
                Locale.ROOT,
                "%s: %s, %,d classes",
                folder,
                overview.kind(),
                overview.classes().size()));
        say(String.format(
                Locale.ROOT,
                "Images: %,d in train, %,d in val, %,d in test",
                counts.get("train"),
                counts.get("val"),
                counts.get("test")));
        sayClasses(overview.classes());
        saySizes(overview.sizes());
        sayOrientations(overview.orientations(), images.orientation().orElseThrow());
        PackSummary.lines("unusual, and usable", overview.odd(), SHOWN).forEach(this::say);
        PackSummary.lines("not usable", overview.quarantined(), SHOWN).forEach(this::say);
        overview.notes().forEach(this::say);
        Optional<Colours> colours = overview.statistics().map(Colours::of);
        colours.ifPresent(this::sayColours);
        DataResult answer = new DataResult(
                overview.kind(),
                counts,
                overview.classes(),
                Sizes.of(overview.sizes()),
                overview.orientations(),
                overview.odd(),
                overview.quarantined(),
                overview.notes(),
                colours.orElse(null));
        answer(answer);
        if (out != null) {
            write(source, overview, images, answer);
        }
        return ExitStatus.OK;
    }

    private void sayClasses(List<PackedClass> classes) {
        List<PackedClass> bySize = classes.stream()
                .filter(DataCommand::hasImages)
                .sorted(Comparator.comparingInt(PackedClass::train).reversed().thenComparing(PackedClass::name))
                .toList();
        say("  train    val   test  class");
        if (allClasses || bySize.size() <= SHOWN) {
            bySize.forEach(this::sayClass);
        } else {
            bySize.subList(0, SHOWN / 2).forEach(this::sayClass);
            say(String.format(Locale.ROOT, "  ... %,d more; --all-classes lists them", bySize.size() - SHOWN));
            bySize.subList(bySize.size() - SHOWN / 2, bySize.size()).forEach(this::sayClass);
        }
        if (bySize.size() < classes.size()) {
            say(String.format(Locale.ROOT, "%,d classes have no images", classes.size() - bySize.size()));
        }
    }

    private static boolean hasImages(PackedClass counted) {
        return counted.train() + counted.val() + counted.test() > 0;
    }

    private void sayClass(PackedClass counted) {
        boolean unnamed = counted.words().equals(counted.name());
        say(String.format(
                Locale.ROOT,
                "%,7d %,6d %,6d  %s",
                counted.train(),
                counted.val(),
                counted.test(),
                unnamed ? ImageNetClasses.display(counted.name()) : counted.words() + " (" + counted.name() + ")"));
    }

    private void saySizes(SizeHistogram sizes) {
        say(String.format(
                Locale.ROOT,
                "Sizes: %.0f x %.0f pixels on average, sides from %d to %d; by shorter side:",
                sizes.meanWidth(),
                sizes.meanHeight(),
                sizes.shortestSide(),
                sizes.longestSide()));
        for (Bin bin : sizes.bins()) {
            if (bin.images() > 0) {
                String range =
                        bin.to() == Integer.MAX_VALUE ? bin.from() + " or more" : bin.from() + " to " + (bin.to() - 1);
                say(String.format(Locale.ROOT, "%,7d  %s", bin.images(), range));
            }
        }
    }

    private void sayOrientations(Map<Integer, Long> orientations, ImageOptions.Orientation decided) {
        long turned = orientations.values().stream().mapToLong(Long::longValue).sum();
        Photographs.orientationLine(turned, decided).ifPresent(this::say);
        orientations.forEach((orientation, images) ->
                say(String.format(Locale.ROOT, "%,7d  of orientation %d", images, orientation)));
    }

    private void sayColours(Colours colours) {
        say("Pixels of train, 0 to 255: mean " + numbers(colours.mean(), "%.2f") + ", standard deviation "
                + numbers(colours.deviation(), "%.2f") + " (red, green, blue)");
        for (int i = 0; i < CHANNELS; i++) {
            say(String.format(
                    Locale.ROOT,
                    "Principal colour %d: variance %.1f along %s",
                    i + 1,
                    colours.eigenvalues()[i],
                    numbers(colours.components()[i], "%.4f")));
        }
    }

    private static String numbers(double[] values, String format) {
        String each = format + " " + format + " " + format;
        return String.format(Locale.ROOT, each, values[0], values[1], values[2]);
    }

    private void write(ImageListing source, DataOverview overview, ImageOptions images, DataResult answer) {
        long classes =
                overview.classes().stream().filter(DataCommand::hasImages).count();
        int tile = (int) Math.max(64, Math.min(160, SHEET / Math.ceil(Math.sqrt(classes + 1))));
        writePicture("contact-sheet.png", DataPictures.contactSheet(source, tile, images));
        overview.statistics().ifPresent(statistics -> {
            writePicture("mean-image.png", DataPictures.meanImage(statistics));
            writePicture("principal-colours.png", DataPictures.principalColours(statistics));
        });
        try {
            byte[] json = new ObjectMapper()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .writeValueAsBytes(answer);
            AtomicFile.write(out.resolve("overview.json"), channel -> channel.write(ByteBuffer.wrap(json)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an answer is plain records and maps", e);
        }
    }

    private void writePicture(String name, BufferedImage picture) {
        Path file = out.resolve(name);
        AtomicFile.write(file, channel -> ImageIO.write(picture, "png", Channels.newOutputStream(channel)));
        say("Wrote " + file);
    }
}
