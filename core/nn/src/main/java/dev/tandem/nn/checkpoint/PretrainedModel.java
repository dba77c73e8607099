package dev.tandem.nn.checkpoint;

import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A trained model in a file, whoever wrote it: what it is, and its parameters, which are read one at a time. A model in
 * another format than {@link Checkpoint}'s is opened by a {@link PretrainedModelProvider} on the class path.
 */
public interface PretrainedModel extends AutoCloseable {
    /**
     * Opens the model of a file.
     *
     * @param path the file, or the folder of a run: {@link Checkpoint#fileOf}
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) if it is no model, is damaged, or does not say what
     *     its model is
     */
    static PretrainedModel open(Path path) {
        Path file = Checkpoint.fileOf(path);
        return openForeign(file).orElseGet(() -> CheckpointModel.of(Checkpoint.open(file)));
    }

    /**
     * Opens the model of a file that is no checkpoint of Tandem's, if a provider on the class path does; otherwise
     * empty.
     *
     * @throws TandemException as {@link #open} does
     */
    static Optional<PretrainedModel> openForeign(Path file) {
        return PretrainedModelProvider.all().stream()
                .filter(provider -> provider.opens(file))
                .findFirst()
                .map(provider -> provider.open(file));
    }

    /** The file that it is in. */
    Path file();

    /** Its recipe, and how images become its inputs. */
    ModelDescription description();

    /** The classes, by label. */
    List<String> classNames();

    /** The parameters by their names in the recipe's network, with their shapes. */
    Map<String, Shape> parameters();

    /**
     * A parameter's elements as inference uses them, row-major: a new array.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) if there is none of this name, it is damaged or not
     *     finite
     */
    float[] read(String parameter);

    /**
     * Puts the parameters into {@code model}.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) if one is missing or of another shape, and the
     *     model is as it was then; or if one is damaged or not finite
     */
    default void restoreParameters(PlacedModel model) {
        for (ParameterSpec spec : model.parameters()) {
            Shape own = parameters().get(spec.name());
            if (!spec.shape().equals(own)) {
                throw TandemException.of(
                        ErrorCode.INVALID_CHECKPOINT,
                        "read " + spec.name() + " from " + file(),
                        own == null ? "no such parameter" : "another shape",
                        own == null ? "one of " + parameters().keySet() : own,
                        spec.shape(),
                        "The file is of another network or number of classes");
            }
        }
        model.parameters().forEach(spec -> model.write(spec.name(), read(spec.name())));
    }

    @Override
    void close();
}
