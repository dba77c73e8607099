package dev.tandem.cli.command;

import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.CountDisplay;
import dev.tandem.nn.recipe.RecipeProvider;
import dev.tandem.run.RunFolder;
import dev.tandem.runtime.config.ConfigSources;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** What commands with a configuration share: the options that set it. */
abstract class ConfiguredCommand extends Subcommand {
    @Option(
            names = "--recipe",
            paramLabel = "NAME",
            completionCandidates = RecipeNames.class,
            description = "One of ${COMPLETION-CANDIDATES}.")
    String recipe;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description =
                    "Folder with train/CLASS/FILE and val/CLASS/FILE, or the original files of CIFAR or ILSVRC; default: the"
                            + " embedded photographs.")
    String data;

    @Option(names = "--config", paramLabel = "FILE", description = "A HOCON file of settings.")
    Path config;

    @Option(
            names = "-D",
            paramLabel = "KEY=VALUE",
            description = "A setting, such as tandem.train.learning-rate=0.02; may be repeated.")
    Map<String, String> settings = new LinkedHashMap<>();

    private static final class RecipeNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return RecipeProvider.all().stream().map(RecipeProvider::name).iterator();
        }
    }

    ConfiguredCommand(Console console) {
        super(console);
    }

    /**
     * The configuration of this command line.
     *
     * @param run whose settings are weaker than all of the command line, or null
     */
    final TandemConfig configuration(RunFolder run) {
        return configuration(run, Map.of());
    }

    /**
     * The configuration of this command line, but for some settings.
     *
     * @param run whose settings are weaker than all of the command line, or null
     * @param decided settings that the command decides, in place of what is written
     */
    final TandemConfig configuration(RunFolder run, Map<String, ?> decided) {
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
        ConfigSources sources = new ConfigSources().add(spec.name(), decided).add("command line", written);
        if (config != null) {
            sources.addFile(config);
        }
        return withDefaults(run == null ? sources : run.addTo(sources)).load();
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
        return sources.defaults(Map.of(
                "tandem.backend",
                "cpu",
                "tandem.auto-order",
                List.of("cuda", "cpu"),
                "tandem.recipe",
                "small",
                "tandem.data",
                home.resolve("examples/data/caltech10").toString()));
    }

    /** Shows how far the first look at a data folder is. */
    final CountDisplay scanProgress() {
        return new CountDisplay(console, "Checking", "Checked");
    }
}
