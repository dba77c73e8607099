package dev.tandem.cli.command;

import dev.tandem.analysis.explain.Explanation;
import dev.tandem.analysis.explain.ExplanationFolder;
import dev.tandem.analysis.explain.FeatureMaps;
import dev.tandem.analysis.explain.FilterPictures;
import dev.tandem.analysis.explain.Heatmap;
import dev.tandem.analysis.explain.ImageExplainer;
import dev.tandem.analysis.explain.OcclusionMap;
import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.CountDisplay;
import dev.tandem.cli.console.ExitStatus;
import dev.tandem.cli.console.Interrupt;
import dev.tandem.cli.run.Session;
import dev.tandem.cli.wiring.CliModule;
import dev.tandem.imagenet.layout.ImageNetClasses;
import dev.tandem.imagenet.options.ImageOptions.Orientation;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.Views;
import dev.tandem.run.Photographs;
import dev.tandem.run.RunFolder;
import dev.tandem.run.TrainedModel;
import dev.tandem.runtime.ImageReaders;
import dev.tandem.runtime.Prediction;
import dev.tandem.runtime.wiring.Wired;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Nearest;
import dev.tandem.spi.TandemException;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "explain",
        description =
                "Draws what a model sees in each image: the likeliest classes, where their evidence lies (Grad-CAM and"
                        + " occlusion), and the maps of every layer; and its filters.")
public final class ExplainCommand extends ConfiguredCommand {
    private static final int ONE = 1;

    private final Interrupt interrupt;

    @Parameters(
            paramLabel = "IMAGE",
            arity = "0..*",
            description = "JPEG, PNG, WebP, TIFF, GIF or BMP files; none: only the filters are drawn.")
    List<Path> files = List.of();

    @Option(names = "--run", paramLabel = "DIR", required = true, description = "The run folder.")
    Path run;

    @Option(names = "--checkpoint", paramLabel = "last|best|FILE", description = "Which checkpoint; default: best.")
    String checkpoint;

    @Option(
            names = "--layer",
            paramLabel = "NAME",
            description =
                    "Whose maps Grad-CAM weighs: a layer as summary names it, of a convolution the ReLU behind it;"
                            + " default: the last convolution, conv5 in the paper.")
    String layer;

    @Option(names = "--class", paramLabel = "NAME", description = "The class to explain; default: the likeliest.")
    String className;

    @Option(
            names = "--window",
            paramLabel = "PIXELS",
            description = "Side of the square that is hidden; default: a seventh of the net's input.")
    Integer window;

    @Option(
            names = "--stride",
            paramLabel = "PIXELS",
            description = "Between places of the square; default: a 28th of the net's input.")
    Integer stride;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where the pictures go, a folder an image; default: explain in the run folder.")
    Path out;

    public ExplainCommand(Console console, Interrupt interrupt) {
        super(console);
        this.interrupt = interrupt;
    }

    @Override
    int run() {
        requireImages();
        RunFolder folder = RunFolder.existing(run);
        ExplanationFolder target =
                new ExplanationFolder(out == null ? folder.path().resolve("explain") : out);
        List<ExplainResult.Image> images = new ArrayList<>();
        List<String> filters = new ArrayList<>();
        answer(new ExplainResult(images, filters));
        try (Wired parts = CliModule.open(configuration(folder));
                CountDisplay progress = new CountDisplay(console, "Covering", "Covered")) {
            interrupt.onRequest(progress::cancel);
            Session session = parts.get(Session.class);
            try (TrainedModel trained =
                    TrainedModel.open(folder, checkpoint, session.recipes(), session.placement(), ONE)) {
                Integer label = label(trained.classNames());
                ImageInput input = trained.input(session.photographs().imageOptions());
                ImageExplainer explainer = files.isEmpty() ? null : explainer(trained, input);
                drawFilters(trained, target, filters);
                if (explainer != null) {
                    explain(explainer, trained, input, label, target, images, progress);
                }
            }
        } catch (CancellationException e) {
            say(String.format(Locale.ROOT, "Interrupted behind %,d of %,d images", images.size(), files.size()));
            return ExitStatus.INTERRUPTED;
        }
        return images.stream().allMatch(image -> image.error() == null) ? ExitStatus.OK : ExitStatus.FAILED;
    }

    private void requireImages() {
        List<String> given = new ArrayList<>();
        Map<String, Optional<?>> options = new TreeMap<>();
        options.put("--layer", Optional.ofNullable(layer));
        options.put("--class", Optional.ofNullable(className));
        options.put("--window", Optional.ofNullable(window));
        options.put("--stride", Optional.ofNullable(stride));
        options.put("--data", Optional.ofNullable(data));
        options.forEach((name, value) -> value.ifPresent(v -> given.add(name)));
        if (files.isEmpty() && !given.isEmpty()) {
            throw TandemException.of(
                    ErrorCode.INVALID_ARGUMENT,
                    "explain",
                    "without an image only the filters are drawn",
                    String.join(", ", given) + " and no image",
                    "an image",
                    "Add image files, or leave " + String.join(", ", given) + " out");
        }
    }

    private Integer label(List<String> classNames) {
        if (className == null) {
            return null;
        }
        // Folders may differ in case alone: then the name as it is written counts.
        for (BiPredicate<String, String> same :
                List.<BiPredicate<String, String>>of(String::equals, String::equalsIgnoreCase)) {
            for (int label = 0; label < classNames.size(); label++) {
                if (named(classNames.get(label)).anyMatch(name -> same.test(name, className))) {
                    return label;
                }
            }
        }
        List<String> all = classNames.stream().flatMap(ExplainCommand::named).toList();
        throw TandemException.of(
                ErrorCode.INVALID_ARGUMENT,
                "--class",
                "the model has no such class",
                className,
                "one of its " + classNames.size() + " classes",
                "Did you mean " + Nearest.to(className, all) + "?");
    }

    /** What a class is called: by its folder, and by people. */
    private static Stream<String> named(String className) {
        return Stream.of(className, ImageNetClasses.brief(className)).distinct();
    }

    private ImageExplainer explainer(TrainedModel trained, ImageInput input) {
        OcclusionMap usual =
                OcclusionMap.forSide(trained.recipe().preprocessing().cropSize());
        OcclusionMap square = new OcclusionMap(
                Optional.ofNullable(window).orElse(usual.window()),
                Optional.ofNullable(stride).orElse(usual.stride()));
        return new ImageExplainer(trained, input, layer, square);
    }

    private void drawFilters(TrainedModel trained, ExplanationFolder target, List<String> written) {
        Path folder = target.path().resolve("filters");
        FilterPictures.draw(trained.recipe().network(), trained.model())
                .forEach((name, picture) -> written.add(write(folder, numbered(written.size() + 1, name), picture)));
        say("Filters of " + written.size() + " layers: " + folder);
    }

    private void explain(
            ImageExplainer explainer,
            TrainedModel trained,
            ImageInput input,
            Integer label,
            ExplanationFolder target,
            List<ExplainResult.Image> images,
            CountDisplay progress) {
        try (ImageReaders readers =
                new ImageReaders(Optional.of(input), trained.recipe().input(1))) {
            for (Path file : files) {
                int broken = (int)
                        images.stream().filter(image -> image.error() != null).count();
                int total = (files.size() - broken) * explainer.windows();
                int[] done = {(images.size() - broken) * explainer.windows()};
                try {
                    float[] pixels = readers.rows(file, file.toString(), Views.CENTRE);
                    Explanation found = explainer.explain(pixels, ownClass(file, trained.classNames()), label, more -> {
                        done[0] += more;
                        progress.checked("windows", done[0], total);
                    });
                    progress.close();
                    images.add(written(file, found, explainer, pixels, target));
                } catch (TandemException e) {
                    if (!e.code().isMisuse()) {
                        throw e; // no fault of this image
                    }
                    progress.noted(e.getMessage());
                    images.add(ExplainResult.Image.failed(file, e.getMessage()));
                }
            }
            Photographs.orientationLine(readers.turned(), input.upright() ? Orientation.APPLY : Orientation.IGNORE)
                    .ifPresent(this::say);
        }
    }

    /** The class that the image's folder is called after; null if it is called otherwise. */
    private static String ownClass(Path file, List<String> classNames) {
        Path folder = file.toAbsolutePath().normalize().getParent();
        String name = folder == null || folder.getFileName() == null
                ? ""
                : folder.getFileName().toString();
        return classNames.contains(name) ? name : null;
    }

    private ExplainResult.Image written(
            Path file, Explanation found, ImageExplainer explainer, float[] pixels, ExplanationFolder target) {
        Path folder = target.of(file, found.own());
        List<String> pictures = new ArrayList<>();
        found.pictures(file.getFileName().toString(), ImageNetClasses::brief)
                .forEach((name, picture) -> pictures.add(write(folder, name, picture)));
        for (String name : explainer.layersWithMaps()) {
            BufferedImage sheet = FeatureMaps.draw(name, explainer.maps(name, pixels), explainer.shape(name));
            pictures.add(write(folder.resolve("maps"), numbered(pictures.size() - 3, name), sheet));
        }
        report(file, found, pictures);
        return ExplainResult.Image.of(file, found, pictures);
    }

    private void report(Path file, Explanation found, List<String> pictures) {
        say(file.toString());
        for (Prediction each : found.classes()) {
            say(String.format(
                    Locale.ROOT, "  %5.1f %%  %s", 100 * each.probability(), ImageNetClasses.display(each.name())));
        }
        Heatmap.Place most = found.gradCam().greatest();
        Heatmap.Place least = found.hidden().least();
        say(String.format(
                Locale.ROOT,
                "  %s by %s: most evidence at (%d, %d) of the centre crop; hidden around (%d, %d), it has %.1f %%",
                ImageNetClasses.brief(found.explained().name()),
                found.layer(),
                most.x(),
                most.y(),
                least.x(),
                least.y(),
                100 * least.value()));
        say("  " + pictures.get(0) + ", and " + (pictures.size() - 1) + " more pictures");
    }

    /** A file name that sorts in the network's order. */
    private static String numbered(int number, String layer) {
        return String.format(Locale.ROOT, "%02d-%s", number, layer.replaceAll("[^A-Za-z0-9._-]", "_"));
    }

    private static String write(Path folder, String name, BufferedImage picture) {
        Path file = folder.resolve(name + ".png");
        ExplanationFolder.write(file, picture);
        return file.toString();
    }
}
