package dev.tandem.cli.console;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.Arrays;

/** The one line of JSON that ends standard output under {@code --json}, whatever the exit status. */
public final class JsonLine {
    private static final ObjectMapper JSON = new ObjectMapper();

    private JsonLine() {}

    /**
     * What went wrong.
     *
     * @param code the name of the error's {@link ErrorCode}, or INTERRUPTED, or UNEXPECTED
     * @param operation what was attempted
     * @param message what standard error shows
     */
    public record Failure(String code, String operation, String message) {
        /** The failure that {@code cause} was to the command {@code name}. */
        public static Failure of(String name, Throwable cause) {
            return cause instanceof TandemException known
                    ? new Failure(known.code().name(), known.operation(), known.getMessage())
                    : new Failure("UNEXPECTED", name, cause.toString());
        }

        /** A command line that the command {@code name} does not take. */
        public static Failure misuse(String name, Exception wrong) {
            return new Failure(ErrorCode.INVALID_ARGUMENT.name(), name, wrong.getMessage());
        }

        /** The end of the command {@code name} by a signal. */
        public static Failure interrupted(String name) {
            return new Failure("INTERRUPTED", name, name + ": interrupted");
        }
    }

    /** Whether a command line asks for JSON, also one that cannot be parsed. */
    public static boolean isWanted(String... args) {
        return Arrays.stream(args)
                .takeWhile(arg -> !arg.equals("--"))
                .anyMatch(arg -> arg.equals("--json") || arg.equals("--json=true"));
    }

    /** The line for an answer. */
    public static String of(Object answer) {
        return text(answer);
    }

    /** The line for a failure; it keeps what was already answered, which may be null. */
    public static String of(Object answer, Failure failure) {
        ObjectNode line = answer == null ? JSON.createObjectNode() : JSON.valueToTree(answer);
        return text(line.set("error", JSON.valueToTree(failure)));
    }

    private static String text(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an answer is plain records and maps", e);
        }
    }
}
