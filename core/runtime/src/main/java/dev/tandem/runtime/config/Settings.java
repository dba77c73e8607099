package dev.tandem.runtime.config;

import dev.tandem.nn.recipe.RecipeOption;
import dev.tandem.spi.BackendOption;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Locations;
import dev.tandem.spi.Nearest;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Layers of settings, read key by key with their types and ranges. A setting that is never read is unknown. */
final class Settings {
    private static final Logger LOG = LoggerFactory.getLogger(Settings.class);

    private static final String RECIPES = "tandem.recipes.";

    private final List<SettingsLayer> layers;
    private final Map<String, Setting> read = new LinkedHashMap<>();

    /** Settings from {@code layers}, the strongest first. */
    Settings(List<SettingsLayer> layers) {
        this.layers = List.copyOf(layers);
    }

    /** The settings read so far, in that order. */
    List<Setting> inForce() {
        return List.copyOf(read.values());
    }

    /** A word, or empty when not set. */
    Optional<String> word(String key) {
        return find(key, "a word", value -> value instanceof String text && !text.isBlank() ? text : null);
    }

    /** One of {@code choices}, or empty when not set. */
    Optional<String> choice(String key, List<String> choices) {
        return find(key, String.join(" or ", choices), value -> choices.contains(value) ? (String) value : null);
    }

    /** A whole number in a range, or empty when not set. */
    OptionalLong integer(String key, long minimum, long maximum) {
        String expected = "a whole number, " + minimum + " to " + maximum;
        Optional<Long> found = find(key, expected, value -> {
            Long number = wholeNumber(value);
            return number == null || number < minimum || number > maximum ? null : number;
        });
        return found.map(OptionalLong::of).orElseGet(OptionalLong::empty);
    }

    /** A number above 0 up to {@code maximum}, or empty when not set. */
    OptionalDouble positive(String key, double maximum) {
        Optional<Double> found = find(key, "a number above 0, at most " + maximum, value -> {
            Double number = number(value);
            return number == null || !(number > 0 && number <= maximum) ? null : number;
        });
        return found.map(OptionalDouble::of).orElseGet(OptionalDouble::empty);
    }

    /** A number in a range, or empty when not set. */
    OptionalDouble number(String key, double minimum, double maximum) {
        Optional<Double> found = find(key, "a number, " + minimum + " to " + maximum, value -> {
            Double number = number(value);
            return number == null || !(number >= minimum && number <= maximum) ? null : number;
        });
        return found.map(OptionalDouble::of).orElseGet(OptionalDouble::empty);
    }

    /** A number above 0 and below 1, or empty when not set. */
    OptionalDouble fraction(String key) {
        Optional<Double> found = find(key, "a number above 0 and below 1", value -> {
            Double number = number(value);
            return number == null || !(number > 0 && number < 1) ? null : number;
        });
        return found.map(OptionalDouble::of).orElseGet(OptionalDouble::empty);
    }

    /** The word {@code word}, or a number above 0 up to {@code maximum}; empty when not set. */
    Optional<String> wordOrPositive(String key, String word, double maximum) {
        return find(key, word + ", or a number above 0, at most " + maximum, value -> {
            if (word.equals(value)) {
                return word;
            }
            Double number = number(value);
            return number == null || !(number > 0 && number <= maximum) ? null : number.toString();
        });
    }

    /** True or false; it has a default. */
    boolean flag(String key) {
        return find(key, "true or false", value -> switch (String.valueOf(value).strip()) {
                    case "true" -> Boolean.TRUE;
                    case "false" -> Boolean.FALSE;
                    default -> null;
                })
                .orElseThrow();
    }

    /** A list of words, also written as one string with commas; empty when not set. */
    List<String> words(String key) {
        return find(key, "a list of words", Settings::wordList).orElse(List.of());
    }

    /** A path here or a location elsewhere, made absolute, or empty when not set. */
    Optional<Path> path(String key) {
        Optional<Path> found = find(key, "a path", value -> value instanceof String text ? absolute(text) : null);
        found.ifPresent(path ->
                read.computeIfPresent(key, (name, setting) -> new Setting(name, path.toString(), setting.origin())));
        return found;
    }

    private static Path absolute(String text) {
        return text.isBlank() ? null : Locations.path(text).toAbsolutePath().normalize();
    }

    /** An option of a backend, under {@code tandem.<backend>}; its declared default when not set. */
    long option(String backend, BackendOption option) {
        String key = key(backend, option);
        if (option.words().isEmpty()) {
            return option(key, option.minimum(), option.maximum(), option.defaultValue());
        }
        Optional<String> found = find(key, option.values(), value -> {
            String word = String.valueOf(value).strip();
            return option.words().contains(word) ? word : null;
        });
        long value = found.map(word -> option.minimum() + option.words().indexOf(word))
                .orElse(option.defaultValue());
        String origin = found.isPresent() ? read.get(key).origin() : "default";
        read.put(key, new Setting(key, written(option, value), origin));
        return value;
    }

    static String key(String backend, BackendOption option) {
        return "tandem." + backend + "." + option.name();
    }

    /** The value of a setting; numbers are numbers, as they are in the files of runs. */
    static Object written(BackendOption option, long value) {
        String text = option.text(value);
        Long number = wholeNumber(text);
        return number == null ? text : number;
    }

    /** An option of a recipe, under {@code tandem.recipes.<recipe>}; its declared default when not set. */
    int option(String recipe, RecipeOption option) {
        String key = RECIPES + recipe + "." + option.name();
        return (int) option(key, option.minimum(), option.maximum(), option.defaultValue());
    }

    private long option(String key, long minimum, long maximum, long defaultValue) {
        OptionalLong found = integer(key, minimum, maximum);
        if (found.isEmpty()) {
            read.put(key, new Setting(key, defaultValue, "default"));
        }
        return found.orElse(defaultValue);
    }

    private <T> Optional<T> find(String key, String expected, Function<Object, T> convert) {
        for (SettingsLayer layer : layers) {
            Setting setting = layer.settings().get(key);
            if (setting != null) {
                T value = convert.apply(setting.value());
                if (value == null) {
                    throw TandemException.of(
                            ErrorCode.INVALID_CONFIGURATION,
                            key,
                            "unusable value",
                            "\"" + setting.value() + "\" (" + setting.origin() + ")",
                            expected,
                            "");
                }
                read.put(key, new Setting(key, value, setting.origin()));
                return Optional.of(value);
            }
        }
        read.put(key, new Setting(key, null, "default"));
        return Optional.empty();
    }

    /**
     * Refuses settings of {@code sources} that were never read, naming the nearest one that was.
     *
     * @param ofRuns those of {@code sources} in which settings of backends and recipes that are not here are left out
     */
    void requireNothingUnknown(Collection<SettingsLayer> sources, Collection<SettingsLayer> ofRuns) {
        for (SettingsLayer layer : sources) {
            for (Setting setting : layer.settings().values()) {
                if (read.containsKey(setting.key())) {
                    continue;
                }
                if (ofRuns.contains(layer) && isOfWhatIsNotHere(setting.key())) {
                    LOG.info(
                            "{} ({}) is ignored: this {} is not on the class path",
                            setting.key(),
                            setting.origin(),
                            setting.key().startsWith(RECIPES) ? "recipe" : "backend");
                    continue;
                }
                throw TandemException.of(
                        ErrorCode.INVALID_CONFIGURATION,
                        "configuration",
                        "unknown setting",
                        setting.key() + " (" + setting.origin() + ")",
                        "a known one (the nearest is " + Nearest.to(setting.key(), read.keySet()) + ")",
                        "Rename it to the known one, or remove it");
            }
        }
    }

    /** Whether this is of a backend's section, or of a recipe's, that has no known setting. */
    private boolean isOfWhatIsNotHere(String key) {
        boolean isOption = key.matches("tandem\\.[^.]+\\.[^.]+") || key.matches("tandem\\.recipes\\.[^.]+\\.[^.]+");
        String section = key.substring(0, key.lastIndexOf('.') + 1);
        return isOption && read.keySet().stream().noneMatch(known -> known.startsWith(section));
    }

    private static Long wholeNumber(Object value) {
        if (value instanceof Integer || value instanceof Long) {
            return ((Number) value).longValue();
        }
        if (value instanceof String text && text.strip().matches("[+-]?[0-9]{1,18}")) {
            return Long.valueOf(text.strip());
        }
        return null;
    }

    private static Double number(Object value) {
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        if (value instanceof String text && text.strip().matches("[+-]?[0-9]*\\.?[0-9]+([eE][+-]?[0-9]{1,3})?")) {
            return Double.valueOf(text.strip());
        }
        return null;
    }

    private static List<String> wordList(Object value) {
        if (value instanceof String text) {
            return Arrays.stream(text.replaceAll("^\\[|]$", "").split(","))
                    .map(word -> word.strip().replaceAll("^\"|\"$", ""))
                    .filter(word -> !word.isEmpty())
                    .toList();
        }
        if (value instanceof List<?> list) {
            Stream<?> others = list.stream().filter(element -> !(element instanceof String));
            return others.findAny().isPresent()
                    ? null
                    : list.stream().map(String.class::cast).toList();
        }
        return null;
    }
}
