package dev.tandem.nn.data;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/**
 * How a reader of images is found: listed in {@code META-INF/services/dev.tandem.nn.data.ImageReaderProvider} of a jar
 * on the class path. It has a public constructor without arguments.
 */
public interface ImageReaderProvider {
    /** A reader for the images of a model. */
    ImageReader open(ImageInput input);

    /**
     * The provider on the class path.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) if there is none, or it cannot be made
     */
    static ImageReaderProvider find() {
        try {
            return ServiceLoader.load(ImageReaderProvider.class)
                    .findFirst()
                    .orElseThrow(() -> TandemException.of(
                            ErrorCode.INVALID_CONFIGURATION,
                            "read images",
                            "nothing on the class path decodes images",
                            "no " + ImageReaderProvider.class.getName(),
                            "one",
                            "Add the jar tandem-data-imagenet to the class path"));
        } catch (ServiceConfigurationError e) {
            throw TandemException.failure(
                    ErrorCode.INVALID_CONFIGURATION,
                    "read images",
                    "a provider on the class path cannot be made: " + e.getMessage(),
                    "Remove its jar from the class path, or build it for this version of Tandem",
                    e);
        }
    }
}
