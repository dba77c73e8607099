package dev.tandem.weights.export;

import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.checkpoint.PretrainedModel;
import dev.tandem.nn.file.ProtoMessage;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.spi.AtomicFile;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.export.caffe.CaffeExport;
import dev.tandem.weights.export.container.NpzWriter;
import dev.tandem.weights.export.container.SafetensorsExport;
import dev.tandem.weights.export.container.TorchWriter;
import dev.tandem.weights.export.onnx.OnnxWriter;
import dev.tandem.weights.export.source.ExportSource;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Writes trained models as files for other programs, parameter by parameter: one is in host memory at a time. Each file
 * also holds what makes the model again if it is imported: {@link dev.tandem.weights.published.SideInformation}.
 */
public final class WeightExport {
    /** Protocol buffers have no larger messages. */
    private static final long LARGEST_MESSAGE = Integer.MAX_VALUE;

    private static final int BUFFER = 1 << 16;

    private final ExportSource source;

    /**
     * What an export has written.
     *
     * @param files the file that was asked for, and those beside it
     * @param notes what a user of the files has to know, a sentence each
     */
    public record Written(List<Path> files, List<String> notes) {}

    private WeightExport(ExportSource source) {
        this.source = source;
    }

    /**
     * The export of a model of a recipe that a provider on the class path makes.
     *
     * @param progress of the weights, in megabytes
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_CONFIGURATION}) if no provider makes it
     */
    public static WeightExport of(PretrainedModel model, ScanProgress progress) {
        return of(model, model.description().choice().recipe(model.classNames().size()), progress);
    }

    /**
     * The export of a model of {@code recipe}.
     *
     * @param progress of the weights, in megabytes
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_CHECKPOINT}) if the model has other parameters
     */
    public static WeightExport of(PretrainedModel model, Recipe recipe, ScanProgress progress) {
        return new WeightExport(new ExportSource(model, recipe, progress));
    }

    /**
     * The files that an export writes, {@code file} first.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_CONFIGURATION}) if two of them would be the same
     */
    public List<Path> files(ExportFormat format, Path file) {
        List<Path> files = new ArrayList<>(List.of(file));
        if (format == ExportFormat.CAFFEMODEL) {
            files.add(beside(file, ".prototxt"));
            if (source.side().description().input().isPresent()) {
                files.add(beside(file, "_mean.binaryproto"));
            }
        }
        if (Set.copyOf(files).size() < files.size()) {
            throw TandemException.argument(
                    "export as " + format,
                    "a file beside it has the same name",
                    file,
                    "a name that ends with ." + format,
                    "Name it so");
        }
        return files;
    }

    /** {@code dir/net_mean.binaryproto} for {@code dir/net.caffemodel}. */
    private static Path beside(Path file, String ending) {
        String name = file.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return file.resolveSibling((dot > 0 ? name.substring(0, dot) : name) + ending);
    }

    /**
     * Writes the model, each file atomically; what was there is replaced.
     *
     * @param withPreprocessing whether the network is preceded by what is done to pixels: in ONNX alone
     * @throws TandemException if the format has no such layers: nothing is written then
     */
    public Written write(ExportFormat format, Path file, boolean withPreprocessing) {
        if (withPreprocessing && format != ExportFormat.ONNX) {
            throw TandemException.argument(
                    "export",
                    "preprocessing in a format that has no graph",
                    format,
                    ExportFormat.ONNX,
                    "Leave it out, or export to " + ExportFormat.ONNX);
        }
        List<Path> files = files(format, file);
        List<String> notes = new ArrayList<>();
        switch (format) {
            case SAFETENSORS -> SafetensorsExport.write(source, file);
            case PTH -> write(file, out -> TorchWriter.write(source, out));
            case NPZ -> write(file, out -> NpzWriter.write(source, out));
            case ONNX -> {
                write(file, "onnx", OnnxWriter.model(source, withPreprocessing));
                notes.addAll(OnnxWriter.notes(source, withPreprocessing));
            }
            case CAFFEMODEL -> notes.addAll(writeCaffe(file));
        }
        source.finished();
        return new Written(files, notes);
    }

    private List<String> writeCaffe(Path file) {
        Path meanFile = beside(file, "_mean.binaryproto");
        CaffeExport export = CaffeExport.of(source, meanFile.getFileName().toString());
        write(file, "caffemodel", export.weights()); // first, as it takes long: if it is interrupted, nothing is there
        AtomicFile.write(beside(file, ".prototxt"), export.prototxt().getBytes(StandardCharsets.UTF_8));
        export.mean().ifPresent(mean -> AtomicFile.write(meanFile, mean.toBytes()));
        return export.steps();
    }

    private static void write(Path file, String format, ProtoMessage message) {
        requireMessage(format, message);
        write(file, message::writeTo);
    }

    private static void requireMessage(String format, ProtoMessage message) {
        if (message.size() > LARGEST_MESSAGE) {
            throw TandemException.argument(
                    "export as " + format,
                    "larger than such a file can be",
                    message.size() + " bytes",
                    LARGEST_MESSAGE + " at most",
                    "Export to safetensors, npz or pth");
        }
    }

    /** Writes to a stream. */
    private interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    private static void write(Path file, Content content) {
        AtomicFile.write(file, channel -> {
            OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER);
            content.writeTo(out);
            out.flush();
        });
    }
}
