package dev.tandem.spark.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tandem.spark.SparkTandem;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Locations;
import dev.tandem.spi.TandemException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What all commands on Spark share: settings, output, result and exit status. */
@Command(mixinStandardHelpOptions = true, versionProvider = TandemSparkCommand.Version.class)
abstract class SparkSubcommand implements Callable<Integer> {
    static final int OK = 0;
    static final int FAILED = 1;
    static final int MISUSED = 2;
    static final int INTERRUPTED = 130;

    private static final ObjectMapper JSON = new ObjectMapper();

    private @Nullable Object answer;

    @Spec
    CommandSpec spec;

    @Option(
            names = "--json",
            description = "End standard output with one line of JSON, failed or not; all else goes to standard error.")
    boolean json;

    @Option(names = "--verbose", description = "Print stack traces.")
    boolean verbose;

    @Option(names = "--config", paramLabel = "FILE", description = "A HOCON file of settings, on the driver.")
    @Nullable
    String config;

    @Option(
            names = "-D",
            paramLabel = "KEY=VALUE",
            description = "A setting, such as tandem.train.learning-rate=0.02; may be repeated.")
    Map<String, String> settings = new LinkedHashMap<>();

    /**
     * What went wrong.
     *
     * @param code the name of the error's {@link dev.tandem.spi.ErrorCode}, or UNEXPECTED
     * @param operation what was attempted
     * @param message what standard error shows
     */
    private record Failure(String code, String operation, String message) {
        static Failure of(String command, Throwable cause) {
            return cause instanceof TandemException known
                    ? new Failure(known.code().name(), known.operation(), known.getMessage())
                    : new Failure("UNEXPECTED", command, cause.toString());
        }
    }

    /** Does what the command is for; returns the exit status. */
    abstract int run(SparkSession spark);

    /** The settings behind the command's own options. Null values were not given. */
    Map<String, @Nullable Object> named() {
        return new LinkedHashMap<>();
    }

    /** Tandem on the session with the settings of the command line. */
    final SparkTandem tandem(SparkSession spark) {
        SparkTandem tandem = SparkTandem.on(spark);
        if (config != null) {
            tandem = tandem.configure(Locations.path(config));
        }
        Map<String, Object> written = new LinkedHashMap<>(settings);
        named().forEach((key, value) -> {
            if (value != null) {
                written.put(key, value);
            }
        });
        return tandem.with(written);
    }

    @Override
    public final Integer call() {
        int status;
        Failure failure = null;
        try {
            status = run();
        } catch (CancellationException e) {
            say("Interrupted. The same command begins anew.");
            status = INTERRUPTED;
        } catch (RuntimeException | Error e) {
            status = failed(e);
            failure = Failure.of(spec.qualifiedName(), e);
        }
        if (json) {
            out().println(line(answer, failure));
        }
        return status;
    }

    private int run() {
        SparkSession spark =
                SparkSession.builder().appName("tandem " + spec.name()).getOrCreate();
        try {
            return run(spark);
        } finally {
            spark.stop();
        }
    }

    private int failed(Throwable e) {
        if (e instanceof TandemException known) {
            err().println("Error: " + known.getMessage());
        } else {
            err().println("Error: " + e + (verbose ? "" : " (run again with --verbose for details)"));
        }
        if (verbose) {
            e.printStackTrace(err());
        }
        return e instanceof TandemException known && known.code().isMisuse() ? MISUSED : FAILED;
    }

    /** The line of JSON for a command line that {@code command} does not take. */
    static String misuse(CommandSpec command, Exception wrong) {
        return line(null, new Failure(ErrorCode.INVALID_ARGUMENT.name(), command.qualifiedName(), wrong.getMessage()));
    }

    private static String line(@Nullable Object answer, @Nullable Failure failure) {
        ObjectNode line = answer == null ? JSON.createObjectNode() : JSON.valueToTree(answer);
        if (failure != null) {
            line.set("error", JSON.valueToTree(failure));
        }
        try {
            return JSON.writeValueAsString(line);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an answer is plain records and maps", e);
        }
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    private PrintWriter err() {
        return spec.commandLine().getErr();
    }

    /** Prints a line for people. */
    final void say(String line) {
        (json ? err() : out()).println(line);
    }

    /** Sets the answer for programs, a record or a map. It is printed when the command ends, also if that is failed. */
    final void answer(Object value) {
        answer = value;
    }
}
