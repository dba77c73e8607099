package dev.tandem.examples.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.imagenet.Manifest;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What all commands share: how they answer. One that goes by a configuration is a {@link Subcommand}. */
@Command(mixinStandardHelpOptions = true, versionProvider = TandemCommand.Version.class)
abstract class PlainCommand implements Callable<Integer> {
    static final int OK = 0;
    static final int FAILED = 1;

    final Console console;

    @Option(
            names = "--json",
            description = "End standard output with one line of JSON; everything else goes to standard error.")
    boolean json;

    @Option(names = "--verbose", description = "Log details, and print stack traces.")
    boolean verbose;

    PlainCommand(Console console) {
        this.console = console;
    }

    /** Does what the command is for; returns the exit status. */
    abstract int run();

    @Override
    public final Integer call() {
        if (verbose) {
            LogConfigurator.verbose();
        }
        return run();
    }

    /** Prints a line for people. */
    final void say(String line) {
        (json ? console.err() : console.out()).println(line);
    }

    /** Prints the answer for programs, where it is wanted. */
    final void answer(Object value) {
        if (json) {
            try {
                console.out().println(new ObjectMapper().writeValueAsString(value));
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("an answer is plain records and maps", e);
            }
        }
    }

    /** Prints notes on files, at most {@code shown} of them, under a line that says how many they are. */
    final void sayNotes(String what, List<Manifest.Note> notes, int shown) {
        if (!notes.isEmpty()) {
            say(String.format(Locale.ROOT, "Files %s: %,d", what, notes.size()));
        }
        notes.stream()
                .limit(shown)
                .forEach(note -> say("  " + note.split() + "/" + note.file() + ": " + note.reason()));
        if (notes.size() > shown) {
            say(String.format(Locale.ROOT, "  ... %,d more; --json lists them", notes.size() - shown));
        }
    }
}
