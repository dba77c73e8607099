package dev.tandem.cli.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.CountDisplay;
import dev.tandem.cli.console.ExitStatus;
import dev.tandem.cli.console.Interrupt;
import dev.tandem.imagenet.layout.EscapedText;
import dev.tandem.nn.checkpoint.PretrainedModel;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.run.ImportedRun;
import dev.tandem.run.NewRunFolder;
import dev.tandem.run.RunFolder;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.TensorFiles;
import dev.tandem.weights.published.ClassList;
import dev.tandem.weights.published.FileDigests;
import dev.tandem.weights.published.ImportOptions;
import dev.tandem.weights.published.ImportedModel;
import dev.tandem.weights.published.KnownFiles;
import dev.tandem.weights.published.TensorReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "import",
        description = "Makes a run of published weights: of PyTorch, safetensors, Caffe, NumPy, ONNX, MATLAB or Keras.")
public final class ImportCommand extends Subcommand {
    private static final int MOST_NAMES = 10;

    private final Interrupt interrupt;

    @Parameters(paramLabel = "FILE", description = "The file of weights; what it is, its first bytes tell.")
    Path file;

    @Option(names = "--run", paramLabel = "DIR", required = true, description = "The run folder to make.")
    Path run;

    @Option(
            names = "--mean",
            paramLabel = "FILE",
            description = "The mean image that the net was trained with, .binaryproto or .npy (blue, green, red);"
                    + " default: ImageNet's channel means.")
    Path mean;

    @Option(
            names = "--classes",
            paramLabel = "FILE",
            description = "The names of the classes, a line each or JSON; default for a net of 1000: ImageNet's.")
    Path classes;

    @Option(
            names = "--recipe",
            paramLabel = "NAME",
            description = "The recipe that makes the net; default: by the names and shapes of its tensors.")
    String recipe;

    public ImportCommand(Console console, Interrupt interrupt) {
        super(console);
        this.interrupt = interrupt;
    }

    /** A parameter; {@code done} says what was done to its tensors. */
    private record ImportedTensor(
            String name, int[] shape, String parameter, String done, double mean, double deviation) {
        static ImportedTensor of(TensorReport report) {
            return new ImportedTensor(
                    report.tensors(),
                    report.stored().dims(),
                    report.parameter(),
                    ImportCommand.outcome(report),
                    report.mean(),
                    report.deviation());
        }
    }

    /** The last line of {@code --json}. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record ImportResult(
            String run,
            String format,
            String net,
            String recipe,
            Map<String, Integer> settings,
            int classes,
            List<ImportedTensor> tensors,
            List<String> leftOut,
            String images,
            List<String> warnings,
            String sha256,
            String published) {}

    @Override
    int run() {
        NewRunFolder.requireFree(run);
        CompletableFuture<FileDigests> digests = null;
        try (CountDisplay progress = new CountDisplay(console, "Importing", "Imported");
                PretrainedModel model = open()) {
            interrupt.onRequest(progress::cancel);
            digests = CompletableFuture.supplyAsync(() -> FileDigests.of(file));
            CompletableFuture<FileDigests> sums = digests;
            RunFolder folder = ImportedRun.write(
                    model,
                    run,
                    () -> file.getFileName() + ", SHA-256 " + joined(sums).sha256(),
                    progress);
            progress.close();
            report(model, folder, joined(sums));
            return ExitStatus.OK;
        } catch (CancellationException e) {
            say("Interrupted. Nothing was written.");
            return ExitStatus.INTERRUPTED;
        }
    }

    private PretrainedModel open() {
        if (!Files.isRegularFile(file) || !TensorFiles.isCheckpoint(file)) {
            return ImportedModel.open(
                    file,
                    new ImportOptions(
                            Optional.ofNullable(recipe),
                            Optional.ofNullable(classes).map(ClassList::read),
                            Optional.ofNullable(mean)));
        }
        if (Stream.of(recipe, classes, mean).anyMatch(option -> option != null)) {
            throw TandemException.argument(
                    "import " + file,
                    "a checkpoint of Tandem's says itself what its model is",
                    "--recipe, --classes or --mean",
                    "none of them",
                    "Leave them out");
        }
        return PretrainedModel.open(file);
    }

    private static FileDigests joined(CompletableFuture<FileDigests> digests) {
        try {
            return digests.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof TandemException known ? known : e;
        }
    }

    private void report(PretrainedModel model, RunFolder folder, FileDigests sums) {
        Optional<ImportedModel> foreign =
                model instanceof ImportedModel imported ? Optional.of(imported) : Optional.empty();
        Collection<TensorReport> tensors = foreign.map(ImportedModel::reports).orElse(List.of());
        List<String> warnings =
                new ArrayList<>(foreign.map(ImportedModel::warnings).orElse(List.of()));
        KnownFiles.warning(file, sums).ifPresent(warnings::add);
        Optional<String> published = KnownFiles.named(sums);
        List<String> leftOut = foreign.map(ImportedModel::leftOut).orElse(List.of());
        String format = foreign.map(ImportedModel::format).orElse("a checkpoint of Tandem's");
        String net = foreign.map(ImportedModel::net)
                .orElse("recipe " + model.description().recipe());
        String images = images(
                model.description().input().orElseThrow(),
                foreign.map(ImportedModel::mean).orElse(""));

        say(file + ": " + format + ", " + net);
        published.ifPresent(words -> say("This is the published " + words + "."));
        table(tensors).forEach(this::say);
        if (!leftOut.isEmpty()) {
            say("Left out, as no parameters of the net: " + some(leftOut));
        }
        say("Recipe: " + model.description().recipe() + ", "
                + model.classNames().size() + " classes");
        say("Images: " + images);
        warnings.forEach(warning -> say("Warning: " + warning));
        say("Run folder: " + folder.path());
        say("Next: ./tandem classify --run " + run + " IMAGE...; evaluate --run " + run + " --data DIR; train --from "
                + run + " --data DIR");
        answer(new ImportResult(
                folder.path().toString(),
                format,
                net,
                model.description().recipe(),
                model.description().settings(),
                model.classNames().size(),
                tensors.stream().map(ImportedTensor::of).toList(),
                leftOut,
                images,
                warnings,
                sums.sha256(),
                published.orElse(null)));
    }

    private static String some(List<String> names) {
        int more = names.size() - MOST_NAMES;
        return names.stream().limit(MOST_NAMES).map(EscapedText::visible).collect(Collectors.joining(", "))
                + (more > 0 ? " and " + more + " more; --json lists them" : "");
    }

    private static String outcome(TensorReport report) {
        return report.note().isEmpty() ? "as it is" : report.note();
    }

    /** A line for each parameter. */
    private static List<String> table(Collection<TensorReport> reports) {
        int names = width(reports.stream().map(report -> EscapedText.visible(report.tensors())));
        int shapes = width(reports.stream().map(report -> report.stored().toString()));
        int parameters = width(reports.stream().map(TensorReport::parameter));
        return reports.stream()
                .map(report -> String.format(
                        Locale.ROOT,
                        "  %-" + names + "s  %-" + shapes + "s -> %-" + parameters + "s  %9.2g +- %-8.2g  %s",
                        EscapedText.visible(report.tensors()),
                        report.stored(),
                        report.parameter(),
                        report.mean(),
                        report.deviation(),
                        outcome(report)))
                .toList();
    }

    private static int width(Stream<String> texts) {
        return texts.mapToInt(String::length).max().orElse(1);
    }

    private static String images(ImageInput input, String mean) {
        Preprocessing made = input.preprocessing();
        String square = made.imageSize() + "x" + made.imageSize();
        String resized =
                switch (made.resize()) {
                    case STRETCH -> "stretched to " + square;
                    case TORCHVISION -> "shorter side brought to " + made.imageSize() + " as torchvision does it";
                    case SHORTER_SIDE -> "shorter side brought to " + made.imageSize();
                };
        String pixels = made.pixels() == Pixels.MEAN_IMAGE
                ? "less the mean image"
                : "each channel less its mean, divided by its deviation";
        return resized + "; centre of " + made.cropSize() + "x" + made.cropSize() + "; " + pixels
                + (mean.isEmpty() ? "" : " (" + mean + ")");
    }
}
