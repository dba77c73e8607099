package dev.tandem.weights.keras;

import dev.tandem.spi.TandemException;
import dev.tandem.weights.tensor.InputFile;
import dev.tandem.weights.tensor.Names;
import java.util.function.Supplier;

/** Calls of jhdf, which meets damaged files with exceptions and errors of all sorts. */
final class HdfLibrary {
    private HdfLibrary() {}

    /** What {@code call} returns; all that it may throw is an error of the file. */
    static <T> T call(InputFile file, Supplier<T> call) {
        try {
            return call.get();
        } catch (TandemException e) {
            throw e;
        } catch (OutOfMemoryError e) {
            throw refused(file, "more memory is needed than there is");
        } catch (RuntimeException
                | StackOverflowError
                | InternalError // the file became shorter while it was mapped
                | AssertionError e) {
            throw refused(file, Names.visible(reason(e)));
        }
    }

    private static TandemException refused(InputFile file, String reason) {
        return file.refused(
                "its HDF5 structure cannot be read",
                reason,
                "a whole file with the usual features of HDF5",
                "If the file is not damaged, save the weights again by Keras's model.save_weights, uncompressed");
    }

    private static String reason(Throwable e) {
        Throwable cause = e;
        for (int i = 0; i < 5 && cause.getCause() != null; i++) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }
}
