package dev.tandem.cli.console;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;

/** Turns an {@link Error} into a failure with advice. It ends a command as any other failure does. */
public final class BrokenProcess {
    private static final String AFTER = "; a run goes on from its last checkpoint with train --resume";

    private BrokenProcess() {}

    /** {@code error} as a failure with advice, if some is known to help; otherwise {@code error} itself. */
    public static Throwable explained(Throwable error) {
        String cause = String.valueOf(error.getMessage());
        if (error instanceof OutOfMemoryError && cause.contains("native thread")) {
            return TandemException.failure(
                    ErrorCode.OUT_OF_MEMORY,
                    "tandem",
                    "the system allows no more threads: " + error,
                    "Lower tandem.train.workers, or raise the limit (ulimit -u)" + AFTER,
                    error);
        }
        if (error instanceof OutOfMemoryError) {
            return TandemException.failure(
                    ErrorCode.OUT_OF_MEMORY,
                    "tandem",
                    "memory ran out: " + error,
                    "Give Java more (such as TANDEM_JAVA_OPTS=-Xmx4g), or lower tandem.train.workers or the batch"
                            + AFTER,
                    error);
        }
        if (error instanceof LinkageError) {
            return TandemException.failure(
                    ErrorCode.INPUT_OUTPUT,
                    "tandem",
                    "a part of the program cannot be loaded: " + error,
                    "Run the command again if the program was replaced or removed while it ran" + AFTER,
                    error);
        }
        return error;
    }
}
