package dev.tandem.cli.command;

import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.ExitStatus;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** What experiments share that leave files and take seconds. */
abstract class PictureCommand extends ConfiguredCommand {
    private final String name;

    @Option(names = "--out", paramLabel = "DIR", description = "Where the results go; default: paper/EXPERIMENT.")
    Path out;

    PictureCommand(Console console, String name) {
        super(console);
        this.name = name;
    }

    /** The last line of {@code --json}. */
    private record PictureResult(List<String> files) {}

    /** Writes its results into {@code folder}; returns the files. */
    abstract List<Path> draw(TandemConfig config, Path folder);

    /** Refuses an option of all commands with a configuration that would change nothing here. */
    final void refuse(String option, Object value, String why) {
        if (value != null) {
            throw TandemException.argument("paper " + name, why, option + " " + value, "no " + option, "Remove it");
        }
    }

    @Override
    final int run() {
        TandemConfig used = configuration(null);
        List<Path> files = draw(used, out == null ? Path.of("paper", name) : out);
        files.forEach(file -> say("Wrote " + file));
        answer(new PictureResult(files.stream().map(Path::toString).toList()));
        return ExitStatus.OK;
    }
}
