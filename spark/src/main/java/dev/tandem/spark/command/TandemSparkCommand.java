package dev.tandem.spark.command;

import dev.tandem.spark.cluster.TandemVersion;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The main class for {@code spark-submit}: {@code spark-submit OPTIONS tandem-spark.jar COMMAND}. Exit status: 0 done, 1
 * failed, 2 misused, 130 interrupted.
 */
@Command(
        name = "tandem-spark",
        mixinStandardHelpOptions = true,
        versionProvider = TandemSparkCommand.Version.class,
        description = "AlexNet for the JVM, on the executors of a Spark application.")
public final class TandemSparkCommand implements Runnable {
    @Spec
    CommandSpec spec;

    TandemSparkCommand() {}

    /** The version in this jar. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"tandem-spark " + TandemVersion.number()};
        }
    }

    /** Runs the command line as a process. */
    public static void main(String[] args) {
        System.setProperty("java.awt.headless", "true");
        int status = execute(new PrintWriter(System.out, true), new PrintWriter(System.err, true), args);
        if (status != SparkSubcommand.OK) {
            System.exit(status); // else Spark ends the process, when what it has started is done
        }
    }

    /** Runs a command line within this process; returns the exit status. */
    static int execute(PrintWriter out, PrintWriter err, String... args) {
        CommandLine line = new CommandLine(new TandemSparkCommand());
        commands().forEach(line::addSubcommand);
        line.setCaseInsensitiveEnumValuesAllowed(true)
                .setExpandAtFiles(false) // a file may be called @work
                .setOut(out)
                .setErr(err);
        IParameterExceptionHandler shown = line.getParameterExceptionHandler();
        line.setParameterExceptionHandler((wrong, words) -> {
            int status = shown.handleParseException(wrong, words);
            if (List.of(words).contains("--json")) {
                out.println(SparkSubcommand.misuse(wrong.getCommandLine().getCommandSpec(), wrong));
            }
            return status;
        });
        return line.execute(args);
    }

    private static List<Object> commands() {
        return List.of(
                new CheckCommand(),
                new PackCommand(),
                new TrainCommand(),
                new EvaluateCommand(),
                new ClassifyCommand(),
                new FeaturesCommand());
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which command?");
    }
}
