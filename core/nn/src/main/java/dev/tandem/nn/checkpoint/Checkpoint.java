package dev.tandem.nn.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.tandem.nn.layer.LayerPattern;
import dev.tandem.nn.layer.ParameterName;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * A run's parameters, the optimizer's state and the {@link TrainingState} in one safetensors file, in host order: it
 * may be resumed under another placement. State is named {@code <state>/<parameter>}, such as
 * {@code velocity/conv1.weight}; constants have none. With a {@link ModelDescription} the checkpoint is complete
 * in itself.
 */
public final class Checkpoint implements AutoCloseable {
    private static final String STATE = "tandem.state";
    private static final String MODEL = "tandem.model";
    private static final String CHECKSUM_SUFFIX = ".crc32c";
    private static final String SLASH = "/";

    private final Path file;
    private final Safetensors tensors;
    private final TrainingState state;

    private Checkpoint(Path file, Safetensors tensors, TrainingState state) {
        this.file = file;
        this.tensors = tensors;
        this.state = state;
    }

    /** Writes a checkpoint, atomically. From it alone the run can be resumed, but the model not be made. */
    public static void write(Path file, PlacedModel model, TrainingState state) {
        write(file, model, state, Optional.empty());
    }

    /** Writes a checkpoint that is complete in itself, atomically: all that is needed to use its model is in it. */
    public static void write(Path file, PlacedModel model, TrainingState state, ModelDescription description) {
        write(file, model, state, Optional.of(description));
    }

    /**
     * Writes parameters that nothing was trained on yet as a checkpoint, atomically: of a model that was imported.
     *
     * @param state {@link TrainingState#imported}
     */
    public static void write(
            Path file, List<Safetensors.Entry> parameters, TrainingState state, ModelDescription description) {
        List<Safetensors.Entry> entries = new ArrayList<>(DescriptionFormat.tensors(description));
        entries.addAll(parameters);
        Safetensors.write(file, metadata(state, Optional.of(description)), entries);
    }

    private static void write(
            Path file, PlacedModel model, TrainingState state, Optional<ModelDescription> description) {
        List<Safetensors.Entry> entries = new ArrayList<>();
        description.map(DescriptionFormat::tensors).ifPresent(entries::addAll);
        for (ParameterSpec spec : model.parameters()) {
            entries.add(new Safetensors.Entry(spec.name(), spec.shape(), () -> model.read(spec.name())));
        }
        for (String name : model.state()) {
            for (ParameterSpec spec : trained(model)) {
                entries.add(new Safetensors.Entry(
                        name + SLASH + spec.name(), spec.shape(), () -> model.readState(name, spec.name())));
            }
        }
        Safetensors.write(file, metadata(state, description), entries);
    }

    private static Map<String, String> metadata(TrainingState state, Optional<ModelDescription> description) {
        Map<String, String> metadata = new LinkedHashMap<>();
        put(metadata, STATE, StateFormat.toJson(state));
        description.ifPresent(described -> put(metadata, MODEL, DescriptionFormat.toJson(described)));
        return metadata;
    }

    private static void put(Map<String, String> metadata, String key, String json) {
        metadata.put(key, json);
        metadata.put(key + CHECKSUM_SUFFIX, checksum(json));
    }

    private static List<ParameterSpec> trained(PlacedModel model) {
        return model.parameters().stream().filter(ParameterSpec::isTrained).toList();
    }

    private static String checksum(String json) {
        CRC32C checksum = new CRC32C();
        checksum.update(json.getBytes(StandardCharsets.UTF_8));
        return String.format("%08x", checksum.getValue());
    }

    /**
     * The checkpoint to use of what a training run has written.
     *
     * @param path a file, which is the checkpoint, or the folder of a run, of which the best is taken, or else the last
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) if a folder has neither
     */
    public static Path fileOf(Path path) {
        if (!Files.isDirectory(path)) {
            return path;
        }
        Path checkpoints = path.resolve("checkpoints");
        for (String name : List.of("best.safetensors", "last.safetensors")) {
            if (Files.exists(checkpoints.resolve(name))) {
                return checkpoints.resolve(name);
            }
        }
        throw TandemException.of(
                ErrorCode.INVALID_CHECKPOINT,
                "open " + path,
                "no checkpoint is there",
                "a folder without checkpoints/best.safetensors or last.safetensors",
                "a checkpoint, or the folder of a run",
                "Pass what a training run has written");
    }

    /**
     * Opens a checkpoint and reads its state.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) when it is damaged or holds no training state
     */
    public static Checkpoint open(Path file) {
        Safetensors tensors = Safetensors.open(file);
        try {
            return new Checkpoint(file, tensors, state(file, tensors.metadata()));
        } catch (TandemException e) {
            tensors.close();
            throw e;
        }
    }

    private static TrainingState state(Path file, Map<String, String> metadata) {
        String json = metadata.get(STATE);
        if (json == null) {
            throw TandemException.of(
                    ErrorCode.INVALID_CHECKPOINT,
                    "read " + file,
                    "no training state",
                    "a plain safetensors file",
                    "a checkpoint of a training run",
                    "Use the last or best checkpoint of a run");
        }
        requireChecksum(file, metadata, STATE, "the training state");
        TrainingState state;
        try {
            state = StateFormat.read(json);
        } catch (JsonProcessingException e) {
            String wrong = e.getCause() instanceof TandemException cause ? cause.getMessage() : e.getOriginalMessage();
            throw unreadable(file, "training state", wrong, e);
        } catch (TandemException e) {
            throw unreadable(file, "training state", e.getMessage(), e);
        }
        if (state == null) {
            throw unreadable(file, "training state", "it is null", null);
        }
        return state;
    }

    private static void requireChecksum(Path file, Map<String, String> metadata, String key, String what) {
        String actual = checksum(metadata.get(key));
        String expected = metadata.getOrDefault(key + CHECKSUM_SUFFIX, actual);
        if (!expected.equals(actual)) {
            throw TandemException.of(
                    ErrorCode.INVALID_CHECKPOINT,
                    "read " + file,
                    "checksum of " + what,
                    actual,
                    expected,
                    "The file is damaged; use another checkpoint of the run");
        }
    }

    private static TandemException unreadable(Path file, String what, String wrong, Exception cause) {
        return TandemException.failure(
                ErrorCode.INVALID_CHECKPOINT,
                "read " + file,
                what + " is unreadable: " + wrong,
                "Use another checkpoint of the run",
                cause);
    }

    /**
     * What its model is, if the checkpoint is complete in itself: those of versions before it was are not.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) when it is there but cannot be read
     */
    public Optional<ModelDescription> description() {
        String json = tensors.metadata().get(MODEL);
        if (json == null) {
            return Optional.empty();
        }
        requireChecksum(file, tensors.metadata(), MODEL, "the description of the model");
        try {
            return Optional.of(DescriptionFormat.read(json, tensors));
        } catch (JsonProcessingException e) {
            throw unreadable(file, "description of the model", e.getOriginalMessage(), e);
        } catch (TandemException e) {
            throw unreadable(file, "description of the model", e.getMessage(), e);
        }
    }

    /** The file that it was read from. */
    public Path file() {
        return file;
    }

    /** The state of the run. */
    public TrainingState state() {
        return state;
    }

    /** The parameters, without the optimizer's state and what images are measured by: names and shapes. */
    Map<String, Shape> parameters() {
        Map<String, Shape> parameters = new LinkedHashMap<>(tensors.shapes());
        parameters.keySet().removeIf(name -> name.contains(SLASH));
        return parameters;
    }

    /**
     * A parameter as inference uses it, row-major: its average, if the run kept one.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) if there is no such parameter, or it is not finite
     */
    public float[] readParameter(String parameter) {
        Shape shape = parameters().get(parameter);
        if (shape == null) {
            throw TandemException.of(
                    ErrorCode.INVALID_CHECKPOINT,
                    "read " + parameter + " from " + file,
                    "no such parameter",
                    parameter,
                    "one of " + parameters().keySet(),
                    "");
        }
        String name = inferenceName(parameter);
        tensors.requireFinite(name, shape);
        return tensors.read(name, shape);
    }

    private String inferenceName(String parameter) {
        String average = Training.AVERAGE + SLASH + parameter;
        return tensors.shapes().containsKey(average) ? average : parameter;
    }

    /**
     * Puts the parameters into {@code model}, as inference uses them: their averages, if the run kept those.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) if one is missing, of another shape or not finite;
     *     the model is as it was then
     */
    public void restoreParameters(PlacedModel model) {
        restoreParameters(model.parameters(), true, model);
    }

    /**
     * As {@link #restoreParameters}, but for the layers with these names, which stay as they are in {@code model}: such
     * as a new last layer for other classes.
     *
     * @param layers names of layers, as {@link LayerPattern}s
     * @throws TandemException as {@link #restoreParameters} does;
     *     ({@link ErrorCode#INVALID_ARGUMENT}) if no layer of the model with parameters has such a name
     */
    public void restoreParametersExcept(PlacedModel model, String... layers) {
        List<ParameterSpec> wanted = new ArrayList<>(model.parameters());
        for (String layer : layers) {
            LayerPattern pattern = new LayerPattern(layer);
            List<String> names = model.parameters().stream()
                    .map(spec -> ParameterName.parse(spec.name()).layer())
                    .distinct()
                    .toList();
            if (names.stream().noneMatch(pattern::matches)) {
                throw TandemException.argument(
                        "read " + file, "no layer to leave out has such a name", layer, "one of " + names, "");
            }
            wanted.removeIf(
                    spec -> pattern.matches(ParameterName.parse(spec.name()).layer()));
        }
        restoreParameters(wanted, true, model);
    }

    private void restoreParameters(List<ParameterSpec> wanted, boolean averages, PlacedModel model) {
        Map<String, String> names = new HashMap<>();
        wanted.forEach(spec -> {
            String name = averages ? inferenceName(spec.name()) : spec.name();
            tensors.requireFinite(name, spec.shape());
            names.put(spec.name(), name);
        });
        wanted.forEach(spec -> model.write(spec.name(), tensors.read(names.get(spec.name()), spec.shape())));
    }

    /**
     * Puts parameters, and the optimizer's state of those that are trained, into {@code model}, to continue training.
     *
     * @throws TandemException as {@link #restoreParameters} does
     */
    public void restore(PlacedModel model) {
        model.state().forEach(name -> requireFinite(trained(model), name + SLASH));
        restoreParameters(model.parameters(), false, model);
        for (String name : model.state()) {
            for (ParameterSpec spec : trained(model)) {
                model.writeState(name, spec.name(), tensors.read(name + SLASH + spec.name(), spec.shape()));
            }
        }
    }

    /** Everything is checked before anything is written. */
    private void requireFinite(List<ParameterSpec> specs, String prefix) {
        specs.forEach(spec -> tensors.requireFinite(prefix + spec.name(), spec.shape()));
    }

    /** Checks that the checkpoint is of this recipe and these classes. */
    public void requireSame(String recipe, int classes) {
        if (!state.recipe().equals(recipe)) {
            throw TandemException.of(
                    ErrorCode.INVALID_CHECKPOINT,
                    "read " + file,
                    "another recipe",
                    state.recipe(),
                    recipe,
                    "Use the checkpoint's recipe, or a run of this recipe");
        }
        if (state.classNames().size() != classes) {
            throw TandemException.of(
                    ErrorCode.INVALID_CHECKPOINT,
                    "read " + file,
                    "another number of classes",
                    state.classNames().size(),
                    classes,
                    "Use the data that the run was trained on");
        }
    }

    @Override
    public void close() {
        tensors.close();
    }
}
