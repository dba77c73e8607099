package dev.tandem.nn.checkpoint;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A trained model in a file, whoever wrote it: what it is, and its parameters, which are read one at a time. A model in
 * another format than {@link Checkpoint}'s is opened by a {@link PretrainedModelProvider} on the class path.
 */
public interface PretrainedModel extends AutoCloseable {
    /**
     * Opens the model of a file.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) if it is no model, is damaged, or does not say what
     *     its model is
     */
    static PretrainedModel open(Path file) {
        for (PretrainedModelProvider provider : PretrainedModelProvider.all()) {
            if (provider.opens(file)) {
                return provider.open(file);
            }
        }
        return CheckpointModel.of(Checkpoint.open(file));
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

    @Override
    void close();
}
