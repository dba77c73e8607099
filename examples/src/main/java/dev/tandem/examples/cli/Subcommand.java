package dev.tandem.examples.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.examples.run.ConfiguredRecipe;
import dev.tandem.imagenet.Manifest;
import dev.tandem.imagenet.ScanProgress;
import dev.tandem.runtime.config.ConfigSources;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What all commands share: the options that configure, and how they answer. */
@Command(mixinStandardHelpOptions = true, versionProvider = TandemCommand.Version.class)
abstract class Subcommand implements Callable<Integer> {
    static final int OK = 0;
    static final int FAILED = 1;

    final Console console;

    @Option(
            names = "--json",
            description = "End standard output with one line of JSON; everything else goes to standard error.")
    boolean json;

    @Option(names = "--verbose", description = "Log details, and print stack traces.")
    boolean verbose;

    @Option(names = "--recipe", paramLabel = "NAME", description = "small, paper, original, caffe, caffenet or owt.")
    String recipe;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Folder with train/CLASS/FILE and val/CLASS/FILE; default: the embedded photographs.")
    String data;

    @Option(names = "--config", paramLabel = "FILE", description = "A HOCON file of settings.")
    Path config;

    @Option(
            names = "-D",
            paramLabel = "KEY=VALUE",
            description = "A setting, such as tandem.train.rate=0.02; may be repeated.")
    Map<String, String> settings = new LinkedHashMap<>();

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
        return run();
    }

    /**
     * The configuration of this command line.
     *
     * @param base a file of settings that is weaker than all of the command line, or null
     */
    final TandemConfig configuration(Path base) {
        Map<String, Object> written = new LinkedHashMap<>(settings);
        named().forEach((key, value) -> {
            Object twice = value == null ? null : written.put(key, value);
            if (twice != null) {
                throw TandemException.of(
                        ErrorCode.INVALID_CONFIGURATION,
                        key,
                        "written twice on the command line",
                        value + " and " + twice,
                        "one value",
                        "Use either the option or -D");
            }
        });
        ConfigSources sources = new ConfigSources().add("command line", written);
        if (config != null) {
            sources.addFile(config);
        }
        if (base != null) {
            sources.addFile(base);
        }
        return withDefaults(sources).load();
    }

    /** The settings behind the command's own options; null where they were not given. */
    Map<String, Object> named() {
        Map<String, Object> named = new LinkedHashMap<>();
        named.put("tandem.recipe", recipe);
        named.put("tandem.data", data);
        return named;
    }

    /** Adds what holds on the command line where nothing is written. */
    static ConfigSources withDefaults(ConfigSources sources) {
        Path home = Path.of(System.getProperty("tandem.home", ""));
        return sources.recipes(ConfiguredRecipe::values)
                .defaults(Map.of(
                        "tandem.backend", "cpu",
                        "tandem.autoOrder", List.of("cuda", "cpu"),
                        "tandem.data", home.resolve("examples/data/caltech10").toString()));
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

    /** Shows how far the first look at a data folder is. */
    final ScanProgress scanProgress() {
        return new CountDisplay(console, "Checking", "Checked");
    }
}
