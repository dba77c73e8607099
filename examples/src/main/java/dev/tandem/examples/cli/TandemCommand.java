package dev.tandem.examples.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.Charset;
import java.util.Map;
import javax.imageio.ImageIO;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
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
        int status = PlainCommand.FAILED;
        try {
            status = execute(console, interrupt, args);
        } catch (Throwable e) {
            // Only what the command could not tell itself, as when classes are gone. Needs as little as can be.
            System.err.println("Error: " + e);
        }
        interrupt.exit(status);
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
                .setExpandAtFiles(false) // a photograph may be called @work.jpg
                .setErr(console.err());
        line.setParameterExceptionHandler(misused(console, line.getParameterExceptionHandler()));
        if (!JsonLine.isWanted(args)) {
            return line.setOut(console.out()).execute(args);
        }
        StringWriter help = new StringWriter();
        int status = line.setOut(new PrintWriter(help)).execute(args);
        if (!help.toString().isEmpty()) {
            console.out().println(JsonLine.of(Map.of("help", help.toString())));
        }
        return status;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which command?");
    }

    /** Standard error shows what is wrong with the command line, and what a right one is; programs are answered, too. */
    private static IParameterExceptionHandler misused(Console console, IParameterExceptionHandler shown) {
        return (e, args) -> {
            int status = shown.handleParseException(e, args);
            if (JsonLine.isWanted(args)) {
                CommandSpec command = e.getCommandLine().getCommandSpec();
                console.out().println(JsonLine.of(null, JsonLine.Failure.misuse(command.qualifiedName(), e)));
            }
            return status;
        };
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
