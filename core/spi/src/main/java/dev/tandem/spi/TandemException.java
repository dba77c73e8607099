package dev.tandem.spi;

import org.jspecify.annotations.Nullable;

/**
 * The one root of Tandem's exceptions. Its message always reads
 * {@code <operation>: <what is wrong>, got <a>, expected <b>. <what to do>}.
 */
public final class TandemException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final String operation;

    private TandemException(ErrorCode code, String operation, String wrong, String advice, @Nullable Throwable cause) {
        super(operation + ": " + wrong + (advice.isEmpty() ? "" : ". " + advice), cause);
        this.code = code;
        this.operation = operation;
    }

    /**
     * An error of {@code code} whose five parts make the standard message.
     *
     * @param advice what to do about it; empty if there is nothing to advise
     */
    public static TandemException of(
            ErrorCode code, String operation, String wrong, Object got, Object expected, String advice) {
        return new TandemException(code, operation, wrong + ", got " + got + ", expected " + expected, advice, null);
    }

    /** An {@link ErrorCode#INVALID_ARGUMENT} error. */
    public static TandemException argument(String operation, String wrong, Object got, Object expected, String advice) {
        return of(ErrorCode.INVALID_ARGUMENT, operation, wrong, got, expected, advice);
    }

    /** A failure below us (a file system, a native library), with what was attempted and what to do about it. */
    public static TandemException failure(
            ErrorCode code, String operation, String wrong, String advice, @Nullable Throwable cause) {
        return new TandemException(code, operation, wrong, advice, cause);
    }

    /** What kind of failure this is. */
    public ErrorCode code() {
        return code;
    }

    /** What was attempted: the beginning of the message, up to the colon. */
    public String operation() {
        return operation;
    }
}
