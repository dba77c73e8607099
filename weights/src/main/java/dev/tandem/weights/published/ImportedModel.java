package dev.tandem.weights.published;

import dev.tandem.nn.checkpoint.ModelDescription;
import dev.tandem.nn.checkpoint.PretrainedModel;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.TensorFiles;
import dev.tandem.weights.tensor.TensorFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The model in a file that another program wrote, or that Tandem exported. When it is opened, names and shapes are
 * checked; a parameter's elements are checked when they are read.
 */
public final class ImportedModel implements PretrainedModel {
    /** How the names of PyTorch's formats begin. */
    private static final String PYTORCH = "PyTorch";

    private final TensorFile file;
    private final Recognition recognized;
    private final Map<String, ParameterSource> sources = new LinkedHashMap<>();
    private final Map<String, TensorReport> reports = new LinkedHashMap<>();

    private ImportedModel(TensorFile file, Recognition recognized) {
        this.file = file;
        this.recognized = recognized;
        recognized.sources().forEach(source -> sources.put(source.parameter(), source));
    }

    /**
     * Opens a file of weights.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) if it is none, is damaged, or is of a net that no
     *     recipe makes; ({@link ErrorCode#INVALID_CONFIGURATION}) if no recipe is called as {@code options} say
     */
    public static ImportedModel open(Path path, ImportOptions options) {
        return of(TensorFiles.open(path), options);
    }

    /** The model of an opened file, which is closed with it. */
    static ImportedModel of(TensorFile file, ImportOptions options) {
        try {
            return new ImportedModel(file, Recognition.of(file, options));
        } catch (RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    /** The format of the file, in words. */
    public String format() {
        return file.format();
    }

    /** Which net it is, in words. */
    public String net() {
        return recognized.net();
    }

    /** Where the mean of images comes from, in words; empty if the file says it. */
    public String mean() {
        return recognized.mean();
    }

    /** The names of what is in the file beside the net, such as an optimizer's state, and is left out. */
    public List<String> leftOut() {
        List<String> names = new ArrayList<>();
        recognized.others().forEach(tensor -> names.add(tensor.name()));
        if (file.format().startsWith(PYTORCH)) { // others have in their metadata what their program always writes
            file.metadata().keySet().stream()
                    .filter(key -> !key.equals(SideInformation.KEY))
                    .forEach(names::add);
        }
        return names;
    }

    @Override
    public Path file() {
        return file.file();
    }

    @Override
    public ModelDescription description() {
        return recognized.description();
    }

    @Override
    public List<String> classNames() {
        return recognized.classNames();
    }

    @Override
    public Map<String, Shape> parameters() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        sources.forEach((name, source) -> shapes.put(name, source.shape()));
        return shapes;
    }

    @Override
    public float[] read(String parameter) {
        ParameterSource source = sources.get(parameter);
        if (source == null) {
            throw TandemException.of(
                    ErrorCode.INVALID_CHECKPOINT,
                    "read " + parameter + " from " + file(),
                    "no such parameter",
                    parameter,
                    "one of " + sources.keySet(),
                    "");
        }
        float[] elements = source.read();
        requireFinite(source, elements);
        TensorReport report = TensorReport.of(source, elements);
        if (report.isWeight() && report.isConstant() && !recognized.isExport()) {
            throw Misfit.of(
                    file(),
                    source.tensors() + " is the same everywhere, as no trained weights are",
                    report.mean(),
                    "numbers that differ",
                    "Save the net again, after its weights were loaded");
        }
        reports.put(parameter, report);
        return elements;
    }

    private void requireFinite(ParameterSource source, float[] elements) {
        int count = 0;
        for (float element : elements) {
            count += Float.isFinite(element) ? 0 : 1;
        }
        if (count > 0) {
            throw Misfit.of(
                    file(),
                    source.tensors() + " has numbers that are not finite",
                    count + " of " + elements.length,
                    "none",
                    "The training that made it had diverged, or the file is damaged: use an earlier checkpoint");
        }
    }

    /** What became of the tensors that were read so far, in the order in which they were read. */
    public Collection<TensorReport> reports() {
        return List.copyOf(reports.values());
    }

    /** What was assumed of the file, and what is odd about what was read so far, in words. */
    public List<String> warnings() {
        List<String> warnings = new ArrayList<>(recognized.warnings());
        reports.values().forEach(report -> report.warning().ifPresent(warnings::add));
        return warnings;
    }

    @Override
    public void close() {
        file.close();
    }
}
