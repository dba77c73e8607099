package dev.tandem.runtime.config;

import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.recipe.RecipeProvider;
import dev.tandem.placement.PlacementTable;
import dev.tandem.placement.Strategy;
import dev.tandem.spi.BackendOption;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.BackendProvider;
import dev.tandem.spi.Backends;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The configuration in force, documented key by key in {@code reference.conf}.
 *
 * @param backend the backend's name, or {@code auto}
 * @param autoOrder which backends {@code auto} tries first
 * @param backendOptions every option of every known backend, set or its default, by backend and name
 * @param recipe the recipe's name; empty if none was chosen
 * @param recipeOptions every option of every known recipe, set or its default, by recipe and name
 * @param ablations changes of the recipe, in order
 * @param data the data folder, absolute
 * @param images which images are used, and how they become pixels
 * @param placement where tensors live
 * @param init how parameters are initialized
 * @param train how training goes
 * @param cluster how training is divided over the workers of a cluster
 * @param settings everything above as it was written, with its origin
 */
public record TandemConfig(
        Optional<String> backend,
        List<String> autoOrder,
        Map<String, Map<String, Long>> backendOptions,
        Optional<String> recipe,
        Map<String, Map<String, Integer>> recipeOptions,
        List<String> ablations,
        Optional<Path> data,
        ImageSettings images,
        Placement placement,
        InitialValues init,
        TrainSettings train,
        Cluster cluster,
        List<Setting> settings) {
    /** The choice of backend that tries several. */
    public static final String AUTO = "auto";

    static final String RECIPE = "tandem.recipe";

    /**
     * Where tensors live.
     *
     * @param strategy the strategy's name
     * @param devices names of devices; empty for the strategy's default
     * @param table rules that replace the strategy; empty for none
     */
    public record Placement(String strategy, List<String> devices, List<String> table) {
        /** Whether everything goes to one device. */
        public boolean isSingle() {
            return table.isEmpty() && Strategy.named(strategy) == Strategy.SINGLE;
        }

        /** Which layers of a network are divided along which axis. */
        public Function<Network, PlacementTable> rules() {
            Strategy named = Strategy.named(strategy);
            PlacementTable written = PlacementTable.parse(table);
            return table.isEmpty() ? named::table : network -> written;
        }
    }

    public TandemConfig {
        placement.rules(); // checks the names before anything starts
    }

    static TandemConfig read(Settings settings, List<RecipeProvider> recipes) {
        Optional<String> backend = settings.word("tandem.backend");
        List<String> autoOrder = settings.words("tandem.auto-order");
        Map<String, Map<String, Long>> options = new TreeMap<>();
        for (BackendProvider provider : Backends.providers()) {
            Map<String, Long> values = new TreeMap<>();
            provider.options().forEach(option -> values.put(option.name(), settings.option(provider.name(), option)));
            options.put(provider.name(), values);
        }
        Map<String, Map<String, Integer>> recipeOptions = new TreeMap<>();
        for (RecipeProvider provider : recipes) {
            Map<String, Integer> values = new TreeMap<>();
            provider.options().forEach(option -> values.put(option.name(), settings.option(provider.name(), option)));
            recipeOptions.put(provider.name(), values);
        }
        return new TandemConfig(
                backend,
                autoOrder,
                options,
                settings.word(RECIPE),
                recipeOptions,
                settings.words("tandem.ablations"),
                settings.path("tandem.data"),
                ImageSettings.read(settings),
                new Placement(
                        settings.word("tandem.placement.strategy").orElseThrow(),
                        settings.words("tandem.placement.devices"),
                        settings.words("tandem.placement.table")),
                new InitialValues(
                        settings.wordOrPositive("tandem.init.weights", InitialValues.HE, 10),
                        settings.number("tandem.init.bias", -10, 10)),
                TrainSettings.read(settings),
                Cluster.read(settings),
                settings.inForce());
    }

    static OptionalInt integer(Settings settings, String key, int minimum, int maximum) {
        OptionalLong found = settings.integer(key, minimum, maximum);
        return found.isPresent() ? OptionalInt.of((int) found.getAsLong()) : OptionalInt.empty();
    }

    /** This configuration with batches of {@code size} images, for a reason that {@code origin} tells. */
    public TandemConfig withBatch(int size, String origin) {
        return with(new Setting("tandem.train.batch", (long) size, origin), train.withBatch(size));
    }

    /** This configuration with {@code workers} workers of a cluster, for a reason that {@code origin} tells. */
    public TandemConfig withWorkers(int workers, String origin) {
        Cluster decided = new Cluster(OptionalInt.of(workers), cluster.localSteps());
        return with(new Setting(Cluster.WORKERS, (long) workers, origin), train, decided, backendOptions);
    }

    /** The setting called {@code key}. */
    public Setting setting(String key) {
        return settings.stream()
                .filter(setting -> setting.key().equals(key))
                .findFirst()
                .orElseThrow();
    }

    /**
     * The same with a value that a setting has got after the configuration was read, as a decision by the data, for
     * {@link #render} and {@link #describe}.
     */
    public TandemConfig with(Setting decided) {
        return with(decided, train);
    }

    /** The same with the options of {@code provider} as they were decided on this machine. */
    public TandemConfig withDecided(BackendProvider provider, BackendOptions options) {
        TandemConfig changed = this;
        for (BackendOption option : provider.options()) {
            long value = options.get(option.name());
            if (backendOptions.get(provider.name()).get(option.name()) != value) {
                changed = changed.withOption(provider, option, value, "as measured on this machine");
            }
        }
        return changed;
    }

    /**
     * The same with what a run has decided earlier, in place of every {@code auto} of an option of a backend: it is not
     * decided again.
     *
     * @param earlier the configuration of the run
     */
    public TandemConfig keepingDecisions(TandemConfig earlier) {
        TandemConfig changed = this;
        for (BackendProvider provider : Backends.providers()) {
            for (BackendOption option : provider.options()) {
                Setting before = earlier.setting(Settings.key(provider.name(), option));
                boolean isLeftOpen = AUTO.equals(setting(before.key()).value());
                if (isLeftOpen && !AUTO.equals(before.value())) {
                    long value = earlier.backendOptions().get(provider.name()).get(option.name());
                    changed = changed.withOption(provider, option, value, before.origin());
                }
            }
        }
        return changed;
    }

    private TandemConfig withOption(BackendProvider provider, BackendOption option, long value, String origin) {
        Map<String, Map<String, Long>> options = new TreeMap<>(backendOptions);
        Map<String, Long> own = new TreeMap<>(options.get(provider.name()));
        own.put(option.name(), value);
        options.put(provider.name(), own);
        Object written = Settings.written(option, value);
        return with(new Setting(Settings.key(provider.name(), option), written, origin), train, cluster, options);
    }

    private TandemConfig with(Setting decided, TrainSettings training) {
        return with(decided, training, cluster, backendOptions);
    }

    private TandemConfig with(
            Setting decided, TrainSettings training, Cluster divided, Map<String, Map<String, Long>> options) {
        List<Setting> changed = settings.stream()
                .map(setting -> setting.key().equals(decided.key()) ? decided : setting)
                .toList();
        return new TandemConfig(
                backend,
                autoOrder,
                options,
                recipe,
                recipeOptions,
                ablations,
                data,
                images,
                placement,
                init,
                training,
                divided,
                changed);
    }

    /** A line for every setting: its name, its value, where it was written. */
    public String describe() {
        int keys = width(settings.stream().map(Setting::key));
        int values = width(settings.stream().map(setting -> text(setting)));
        return settings.stream()
                .map(setting -> ("%-" + keys + "s  %-" + values + "s  %s")
                        .formatted(setting.key(), text(setting), setting.origin()))
                .collect(Collectors.joining(System.lineSeparator()));
    }

    /** The settings as a HOCON file that gives the same configuration again; each line says where it came from. */
    public String render() {
        return settings.stream()
                .filter(setting -> setting.value() != null && !isEmptyDefault(setting))
                .map(setting -> setting.key() + " = "
                        + ConfigValueFactory.fromAnyRef(setting.value()).render(ConfigRenderOptions.concise())
                        + "  # " + setting.origin() + (setting.key().equals(RECIPE) ? inJar() : "") + "\n")
                .collect(Collectors.joining(
                        "", "# The configuration of a run of Tandem, to be passed with --config\n", ""));
    }

    /** Where a run is used, a program may have a default of its own, such as which backends are tried. */
    private static boolean isEmptyDefault(Setting setting) {
        return setting.origin().equals("default") && setting.value() instanceof List<?> list && list.isEmpty();
    }

    /** For who wants to use a run where its recipe's jar is missing. */
    private String inJar() {
        return new ConfiguredRecipe(this)
                .choice()
                .jar()
                .map(jar -> SettingsLayer.IN_JAR + jar)
                .orElse("");
    }

    private static String text(Setting setting) {
        return setting.value() == null ? "not set" : setting.value().toString();
    }

    private static int width(Stream<String> texts) {
        return texts.mapToInt(String::length).max().orElse(1);
    }
}
