package dev.tandem.examples.cli;

import dev.tandem.spi.TandemException;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import javax.imageio.ImageIO;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/**
 * The command line {@code ./tandem}. Exit status: 0 done, 1 failed, 2 misused, 130 interrupted.
 */
@Command(
        name = "tandem",
        mixinStandardHelpOptions = true,
        versionProvider = TandemCommand.Version.class,
        description = "AlexNet for the JVM: trains it, evaluates it, uses it.")
public final class TandemCommand implements Runnable {
    private static final int MISUSED = 2;

    @Spec
    CommandSpec spec;

    TandemCommand() {}

    /** Runs the command line as a process. */
    public static void main(String[] args) {
        System.setProperty("java.awt.headless", "true");
        ImageIO.setUseCache(false); // images are small, and a killed process would leave cache files behind
        Interrupt interrupt = new Interrupt();
        interrupt.listen();
        Console console = new Console(
                new PrintWriter(System.out, true, Charset.defaultCharset()),
                new PrintWriter(System.err, true, Charset.defaultCharset()),
                Boolean.getBoolean("tandem.terminal"));
        interrupt.exit(execute(console, interrupt, args));
    }

    /** Runs a command line within this process; returns the exit status. */
    static int execute(Console console, Interrupt interrupt, String... args) {
        CommandLine line = new CommandLine(new TandemCommand())
                .addSubcommand(new TrainCommand(console, interrupt))
                .addSubcommand(new EvaluateCommand(console))
                .addSubcommand(new ClassifyCommand(console))
                .addSubcommand(new SummaryCommand(console))
                .addSubcommand(new DoctorCommand(console))
                .addSubcommand(new DevicesCommand(console))
                .addSubcommand(new BenchCommand(console, interrupt))
                .addSubcommand(new AblateCommand(console))
                .addSubcommand(new RateCommand(console))
                .addSubcommand(new PlanCommand(console))
                .addSubcommand(new PackCommand(console, interrupt))
                .addSubcommand(new DataCommand(console))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(console.out())
                .setErr(console.err())
                .setExecutionExceptionHandler((e, command, parsed) -> failed(console, e, parsed));
        return line.execute(args);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which command?");
    }

    private static int failed(Console console, Exception e, ParseResult parsed) {
        boolean verbose = parsed.hasMatchedOption("--verbose");
        if (e instanceof TandemException known) {
            console.err().println("Error: " + known.getMessage());
        } else {
            console.err().println("Error: " + e + (verbose ? "" : " (run again with --verbose for details)"));
        }
        if (verbose) {
            e.printStackTrace(console.err());
        }
        return e instanceof TandemException known && known.code().isMisuse() ? MISUSED : PlainCommand.FAILED;
    }

    /** The version in the jar's manifest. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = TandemCommand.class.getPackage().getImplementationVersion();
            return new String[] {"tandem " + (version == null ? "(not packaged)" : version)};
        }
    }
}
