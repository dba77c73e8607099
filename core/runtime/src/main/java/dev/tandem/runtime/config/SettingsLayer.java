package dev.tandem.runtime.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigValue;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The settings of one source by their full names; null values are left out.
 *
 * @param settings by key
 * @param recipeJar the jar that had the recipe, if the source is a run that names it
 */
record SettingsLayer(Map<String, Setting> settings, Optional<String> recipeJar) {
    /** What stands before the jar's name in a comment. */
    static final String IN_JAR = ", in ";

    /** Beside this class, as a jar of several has only one file of this name at its root: perhaps another library's. */
    private static final String REFERENCE = "reference.conf";

    /** {@code values}, all written at {@code origin}. */
    static SettingsLayer of(String origin, Map<String, ?> values) {
        Map<String, Setting> settings = new LinkedHashMap<>();
        values.forEach((key, value) -> settings.put(key, new Setting(key, value, origin)));
        RenamedKeys.report(settings);
        return of(settings);
    }

    /** A HOCON file of plain values, written by hand. */
    static SettingsLayer file(Path file) {
        return written(file.toString(), () -> PlainHocon.read(file));
    }

    /** The file of a run. Old names in it are an earlier version's, so they are not reported. */
    static SettingsLayer run(Path file) {
        return run(file.toString(), () -> PlainHocon.read(file));
    }

    /** The text of such a file. */
    static SettingsLayer run(String name, String text) {
        return run(name, () -> PlainHocon.parse(name, text));
    }

    private static SettingsLayer run(String name, Source source) {
        Config config = checked(name, source);
        return new SettingsLayer(RenamedKeys.current(settings(name, config)), recipeJar(config));
    }

    /** HOCON text of a program. */
    static SettingsLayer text(String hocon) {
        return written("program", () -> ConfigFactory.parseString(hocon).resolve());
    }

    private static SettingsLayer written(String name, Source source) {
        Map<String, Setting> settings = parse(name, source);
        RenamedKeys.report(settings);
        return of(settings);
    }

    private static SettingsLayer of(Map<String, Setting> settings) {
        return new SettingsLayer(RenamedKeys.current(settings), Optional.empty());
    }

    /** The documented defaults. */
    static SettingsLayer reference() {
        Config defaults = ConfigFactory.parseResources(SettingsLayer.class, REFERENCE, ConfigParseOptions.defaults());
        if (!defaults.hasPath("tandem.train.seed")) {
            throw TandemException.of(
                    ErrorCode.INVALID_CONFIGURATION,
                    "configuration",
                    "the documented defaults are missing",
                    "no such resource",
                    SettingsLayer.class.getPackageName().replace('.', '/') + "/" + REFERENCE,
                    "Keep all of tandem-runtime's files where jars are packed into one");
        }
        Map<String, Object> values = new LinkedHashMap<>();
        defaults.entrySet()
                .forEach(entry -> values.put(entry.getKey(), entry.getValue().unwrapped()));
        return of("default", values);
    }

    /** Parses a source that may be mistaken. */
    @FunctionalInterface
    private interface Source {
        Config parse();
    }

    private static Map<String, Setting> parse(String name, Source source) {
        return settings(name, checked(name, source));
    }

    private static Config checked(String name, Source source) {
        try {
            return source.parse();
        } catch (ConfigException e) {
            throw TandemException.failure(
                    ErrorCode.INVALID_CONFIGURATION,
                    "configuration",
                    name + " is not HOCON: " + e.getMessage(),
                    "Write lines such as tandem.train.batch = 64",
                    e);
        }
    }

    private static Map<String, Setting> settings(String name, Config config) {
        Map<String, Setting> settings = new LinkedHashMap<>();
        for (Map.Entry<String, ConfigValue> entry : config.entrySet()) {
            String origin = name + ":" + entry.getValue().origin().lineNumber();
            settings.put(
                    entry.getKey(), new Setting(entry.getKey(), entry.getValue().unwrapped(), origin));
        }
        return settings;
    }

    /** The comment beside the recipe's name ends with the jar that has it, as {@link TandemConfig#render} writes it. */
    private static Optional<String> recipeJar(Config config) {
        if (!config.hasPath(TandemConfig.RECIPE)) {
            return Optional.empty();
        }
        return config.getValue(TandemConfig.RECIPE).origin().comments().stream()
                .filter(comment -> comment.contains(IN_JAR))
                .map(comment -> comment.substring(comment.lastIndexOf(IN_JAR) + IN_JAR.length()))
                .findFirst();
    }
}
