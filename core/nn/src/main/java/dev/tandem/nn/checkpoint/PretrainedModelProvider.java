package dev.tandem.nn.checkpoint;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/**
 * Opens models in formats other than {@link Checkpoint}'s: listed in {@code
 * META-INF/services/dev.tandem.nn.checkpoint.PretrainedModelProvider} of a jar on the class path. It has a public
 * constructor without arguments.
 */
public interface PretrainedModelProvider {
    /** Whether {@code file} is in a format of this provider; false for a checkpoint of Tandem's, and where nothing is. */
    boolean opens(Path file);

    /**
     * The model of a file that this provider {@link #opens}.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) if it is none that a recipe makes, or is damaged
     */
    PretrainedModel open(Path file);

    /**
     * Every provider on the class path.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) if one cannot be made
     */
    static List<PretrainedModelProvider> all() {
        try {
            return ServiceLoader.load(PretrainedModelProvider.class).stream()
                    .map(ServiceLoader.Provider::get)
                    .toList();
        } catch (ServiceConfigurationError e) {
            throw TandemException.failure(
                    ErrorCode.INVALID_CONFIGURATION,
                    "read weights",
                    "a provider on the class path cannot be made: " + e.getMessage(),
                    "Remove its jar from the class path, or build it for this version of Tandem",
                    e);
        }
    }
}
