package dev.tandem.cli.command;

import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.CountDisplay;
import dev.tandem.cli.console.ExitStatus;
import dev.tandem.cli.console.Interrupt;
import dev.tandem.nn.checkpoint.PretrainedModel;
import dev.tandem.run.RunFolder;
import dev.tandem.run.TrainedModel;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.export.ExportFormat;
import dev.tandem.weights.export.WeightExport;
import dev.tandem.weights.published.FileDigests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "export",
        description = "Writes a run's model as a file for PyTorch, ONNX, NumPy, Caffe or safetensors' readers.")
public final class ExportCommand extends Subcommand {
    private static final double MEGABYTE = 1e6;

    private final Interrupt interrupt;

    @Parameters(paramLabel = "FILE", description = "The file to write.")
    Path file;

    @Option(names = "--run", paramLabel = "DIR", required = true, description = "The run folder.")
    Path run;

    @Option(names = "--checkpoint", paramLabel = "last|best|FILE", description = "Which checkpoint; default: best.")
    String checkpoint;

    @Option(
            names = "--format",
            paramLabel = "NAME",
            description = "safetensors, pth, onnx, npz or caffemodel; default: what FILE ends in.")
    String format;

    @Option(
            names = "--with-preprocessing",
            description = "In onnx: the graph takes a crop's pixels, red, green and blue from 0 to 255, as they are.")
    boolean withPreprocessing;

    @Option(names = "--overwrite", description = "Replace files that are there.")
    boolean overwrite;

    public ExportCommand(Console console, Interrupt interrupt) {
        super(console);
        this.interrupt = interrupt;
    }

    private record ExportedFile(String path, long bytes, String sha256) {
        static ExportedFile of(Path file) {
            try {
                return new ExportedFile(
                        file.toString(), Files.size(file), FileDigests.of(file).sha256());
            } catch (IOException e) {
                throw TandemException.failure(ErrorCode.INPUT_OUTPUT, "read " + file, e.toString(), "Export again", e);
            }
        }
    }

    /** The last line of {@code --json}; the first file is the one that was asked for. */
    private record ExportResult(
            String format, String recipe, int classes, int tensors, List<ExportedFile> files, List<String> notes) {}

    @Override
    int run() {
        ExportFormat wanted = format();
        RunFolder folder = RunFolder.existing(run);
        try (CountDisplay progress = new CountDisplay(console, "Exporting", "Exported");
                PretrainedModel model = TrainedModel.pretrained(folder, checkpoint)) {
            interrupt.onRequest(progress::cancel);
            WeightExport export = WeightExport.of(model, progress);
            for (Path written : export.files(wanted, file)) {
                requireFree(written, model.file());
            }
            WeightExport.Written written = export.write(wanted, file, withPreprocessing);
            progress.close();
            report(wanted, model, written);
            return ExitStatus.OK;
        } catch (CancellationException e) {
            say("Interrupted. " + file + " was not written.");
            return ExitStatus.INTERRUPTED;
        }
    }

    private ExportFormat format() {
        if (format != null) {
            return ExportFormat.named(format);
        }
        return ExportFormat.of(file)
                .orElseThrow(() -> TandemException.argument(
                        "export " + file,
                        "the format cannot be told from the file's name",
                        file.getFileName(),
                        "a name that ends in one of " + Arrays.toString(ExportFormat.values()),
                        "Add --format"));
    }

    private void requireFree(Path written, Path exported) {
        try {
            if (Files.isDirectory(written)) {
                throw TandemException.argument("export " + written, "it is a folder", "a folder", "a file", "");
            }
            if (Files.exists(written) && Files.isSameFile(written, exported)) {
                throw TandemException.argument(
                        "export " + written,
                        "it is the checkpoint that is exported",
                        written,
                        "another file",
                        "The run needs its checkpoint as it is");
            }
        } catch (IOException e) {
            throw TandemException.failure(ErrorCode.INPUT_OUTPUT, "export " + written, e.toString(), "", e);
        }
        if (!overwrite && Files.exists(written, LinkOption.NOFOLLOW_LINKS)) {
            throw TandemException.argument(
                    "export " + written,
                    "it is there already",
                    "a file",
                    "none",
                    "Name another file, or add --overwrite to replace it");
        }
    }

    private void report(ExportFormat wanted, PretrainedModel model, WeightExport.Written written) {
        List<ExportedFile> files =
                written.files().stream().map(ExportedFile::of).toList();
        say(String.format(
                Locale.ROOT,
                "Recipe %s, %,d classes, %,d tensors, as %s",
                model.description().recipe(),
                model.classNames().size(),
                model.parameters().size(),
                wanted));
        for (ExportedFile one : files) {
            say(String.format(
                    Locale.ROOT, "  %s, %.1f MB, SHA-256 %s", one.path(), one.bytes() / MEGABYTE, one.sha256()));
        }
        written.notes().forEach(note -> say("  " + note));
        answer(new ExportResult(
                wanted.toString(),
                model.description().recipe(),
                model.classNames().size(),
                model.parameters().size(),
                files,
                written.notes()));
    }
}
