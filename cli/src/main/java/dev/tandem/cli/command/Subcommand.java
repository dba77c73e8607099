package dev.tandem.cli.command;

import dev.tandem.cli.console.BrokenProcess;
import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.ExitStatus;
import dev.tandem.cli.console.JsonLine;
import dev.tandem.cli.console.LogConfigurator;
import dev.tandem.spi.TandemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * What all commands share: their output, result and exit status. One that has a configuration is a
 * {@link ConfiguredCommand}.
 */
@Command(mixinStandardHelpOptions = true, versionProvider = Version.class)
abstract class Subcommand implements Callable<Integer> {
    final Console console;

    private Object answer;

    @Spec
    CommandSpec spec;

    @Option(
            names = "--json",
            description = "End standard output with one line of JSON, failed or not; all else goes to standard error.")
    boolean json;

    @Option(names = "--verbose", description = "Log details, and print stack traces.")
    boolean verbose;

    Subcommand(Console console) {
        this.console = console;
    }

    /** Does what the command is for; returns the exit status. */
    abstract int run();

    @Override
    public final Integer call() {
        if (verbose) {
            LogConfigurator.verbose();
        }
        int status;
        JsonLine.Failure failure = null;
        try {
            status = run();
            if (status == ExitStatus.INTERRUPTED) {
                failure = JsonLine.Failure.interrupted(spec.qualifiedName());
            }
        } catch (RuntimeException | Error e) {
            Throwable explained = BrokenProcess.explained(e);
            status = failed(explained);
            failure = JsonLine.Failure.of(spec.qualifiedName(), explained);
        }
        if (json) {
            console.out().println(failure == null ? JsonLine.of(answer) : JsonLine.of(answer, failure));
        }
        return status;
    }

    private int failed(Throwable e) {
        if (e instanceof TandemException known) {
            console.err().println("Error: " + known.getMessage());
        } else {
            console.err().println("Error: " + e + (verbose ? "" : " (run again with --verbose for details)"));
        }
        if (verbose) {
            e.printStackTrace(console.err());
        }
        return e instanceof TandemException known && known.code().isMisuse() ? ExitStatus.MISUSED : ExitStatus.FAILED;
    }

    /** Prints a line for people. */
    final void say(String line) {
        (json ? console.err() : console.out()).println(line);
    }

    /** Sets the answer for programs. It is printed when the command ends, also if something fails after it. */
    final void answer(Object value) {
        answer = value;
    }

    /**
     * Checks, before any work, that a file may be written.
     *
     * @param overwrite whether one that is there may be replaced
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) if it may not, or a folder is there
     */
    static void requireFree(Path file, boolean overwrite) {
        boolean isFolder = Files.isDirectory(file);
        if (isFolder || !overwrite && Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            throw TandemException.argument(
                    "write " + file,
                    isFolder ? "a folder is there" : "it is there already",
                    isFolder ? "a folder" : "a file",
                    "none",
                    isFolder ? "Name a file" : "Name another file, or add --overwrite to replace it");
        }
    }
}
