package dev.tandem.cli;

import dev.tandem.cli.command.AblateCommand;
import dev.tandem.cli.command.BenchCommand;
import dev.tandem.cli.command.ClassifyCommand;
import dev.tandem.cli.command.CompareCommand;
import dev.tandem.cli.command.DataCommand;
import dev.tandem.cli.command.DevicesCommand;
import dev.tandem.cli.command.DoctorCommand;
import dev.tandem.cli.command.EvaluateCommand;
import dev.tandem.cli.command.ExplainCommand;
import dev.tandem.cli.command.ExportCommand;
import dev.tandem.cli.command.FeaturesCommand;
import dev.tandem.cli.command.ImportCommand;
import dev.tandem.cli.command.NearestCommand;
import dev.tandem.cli.command.PackCommand;
import dev.tandem.cli.command.PaperCommand;
import dev.tandem.cli.command.PlanCommand;
import dev.tandem.cli.command.RateCommand;
import dev.tandem.cli.command.ReportCommand;
import dev.tandem.cli.command.ServeCommand;
import dev.tandem.cli.command.SummaryCommand;
import dev.tandem.cli.command.TrainCommand;
import dev.tandem.cli.command.Version;
import dev.tandem.cli.command.ViewCommand;
import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.ExitStatus;
import dev.tandem.cli.console.Interrupt;
import dev.tandem.cli.console.JsonLine;
import dev.tandem.cli.console.TextOutput;
import dev.tandem.spi.Locations;
import dev.tandem.spi.TandemException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.Ansi.Style;
import picocli.CommandLine.Help.ColorScheme;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/**
 * The command line {@code ./tandem}. Exit status: 0 done, 1 failed, 2 misused, 130 interrupted.
 */
@Command(
        name = "tandem",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "AlexNet for the JVM: trains it, evaluates it, uses it.",
        footer = {
            "",
            "Jars with recipes, layers or backends of your own: TANDEM_CLASSPATH=one.jar:two.jar tandem COMMAND.",
            "Options of Java: TANDEM_JAVA_OPTS."
        })
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
        int status = ExitStatus.FAILED;
        try {
            TextOutput out = TextOutput.of(new FileOutputStream(FileDescriptor.out), "stdout.encoding");
            TextOutput err = TextOutput.of(new FileOutputStream(FileDescriptor.err), "stderr.encoding");
            status = execute(new Console(out, err, Boolean.getBoolean("tandem.terminal")), interrupt, args);
            if (out.failure().isPresent()) {
                status = notPrinted(out.failure().get(), err, status);
            }
        } catch (Throwable e) {
            // Only what the command could not tell itself, as when classes are gone. Needs as little as can be.
            System.err.println("Error: " + e);
        }
        interrupt.exit(status);
    }

    private static int notPrinted(IOException failure, PrintWriter err, int status) {
        // A reader that has seen enough, such as head, closes the pipe: nothing is to be said of that.
        if (!"Broken pipe".equals(failure.getMessage())) {
            err.println("Error: standard output: it is not complete, got " + failure.getMessage()
                    + ", expected a place for all of it. Print to another place, or make room");
        }
        return status == ExitStatus.OK ? ExitStatus.FAILED : status;
    }

    /** Runs a command line within this process; returns the exit status. */
    static int execute(Console console, Interrupt interrupt, String... args) {
        CommandLine line = new CommandLine(new TandemCommand());
        asked(args, commands(console, interrupt)).forEach(line::addSubcommand);
        line.setCaseInsensitiveEnumValuesAllowed(true)
                .registerConverter(Path.class, TandemCommand::path)
                .setExpandAtFiles(false) // a photograph may be called @work.jpg
                .setColorScheme(colours())
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

    private static Path path(String location) {
        try {
            return Locations.path(location);
        } catch (TandemException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    private static List<Object> commands(Console console, Interrupt interrupt) {
        return List.of(
                new TrainCommand(console, interrupt),
                new EvaluateCommand(console),
                new ClassifyCommand(console),
                new ServeCommand(console, interrupt),
                new FeaturesCommand(console, interrupt),
                new ExplainCommand(console, interrupt),
                new NearestCommand(console, interrupt),
                new CompareCommand(console, interrupt),
                new ReportCommand(console, interrupt),
                new SummaryCommand(console),
                new DoctorCommand(console),
                new DevicesCommand(console),
                new BenchCommand(console, interrupt),
                new AblateCommand(console, interrupt),
                PaperCommand.line(console, interrupt),
                new RateCommand(console),
                new ViewCommand(console, interrupt),
                new PlanCommand(console),
                new PackCommand(console, interrupt),
                new DataCommand(console),
                new ImportCommand(console, interrupt),
                new ExportCommand(console, interrupt));
    }

    /** The command that the arguments begin with, or all: reading the options of all takes a good part of a start. */
    private static List<Object> asked(String[] args, List<Object> all) {
        List<Object> named = all.stream()
                .filter(command -> args.length > 0 && name(command).equals(args[0]))
                .toList();
        return named.isEmpty() ? all : named;
    }

    private static String name(Object command) {
        return command instanceof CommandLine group
                ? group.getCommandName()
                : command.getClass().getAnnotation(Command.class).name();
    }

    /** Colours for help only: errors quote what was typed, and are printed without any control character. */
    private static ColorScheme colours() {
        return new ColorScheme.Builder(Ansi.AUTO)
                .commands(Style.bold)
                .options(Style.fg_yellow)
                .parameters(Style.fg_yellow)
                .optionParams(Style.italic)
                .build();
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which command?");
    }

    /**
     * Prints what is wrong with the command line and its usage to standard error, and a failure in JSON if asked for.
     */
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
}
