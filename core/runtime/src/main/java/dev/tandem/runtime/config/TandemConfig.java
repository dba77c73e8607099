package dev.tandem.runtime.config;

import com.typesafe.config.ConfigValueFactory;
import dev.tandem.nn.train.Recipe;
import dev.tandem.spi.BackendProvider;
import dev.tandem.spi.Backends;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * The configuration in force, documented key by key in {@code reference.conf}.
 *
 * @param backend the backend's name, or {@code auto}
 * @param autoOrder which backends {@code auto} tries first
 * @param backendOptions the options that were set, by backend and name
 * @param recipe the recipe's name
 * @param data the data folder, absolute
 * @param placement where tensors live
 * @param small the sizes of recipe {@code small}
 * @param train how training goes
 * @param settings everything above as it was written, with its origin
 */
public record TandemConfig(
        Optional<String> backend,
        List<String> autoOrder,
        Map<String, Map<String, Long>> backendOptions,
        String recipe,
        Optional<Path> data,
        Placement placement,
        Small small,
        Train train,
        List<Setting> settings) {
    /** The choice of backend that tries several. */
    public static final String AUTO = "auto";

    /**
     * Where tensors live.
     *
     * @param strategy the strategy's name
     * @param devices names of devices; empty for the strategy's default
     * @param table rules that replace the strategy; empty for none
     */
    public record Placement(String strategy, List<String> devices, List<String> table) {}

    /**
     * The sizes of recipe {@code small}.
     *
     * @param width kernels of conv1
     * @param hidden units of fc6 and fc7
     * @param image side of the stored image, in pixels
     * @param crop side of the network's input, in pixels
     */
    public record Small(int width, int hidden, int image, int crop) {}

    /**
     * How training goes; what is empty is the recipe's.
     *
     * @param epochs passes over the training set
     * @param batch images per step
     * @param rate the initial learning rate
     * @param seed of everything random
     * @param workers decoding threads, 0 for one per core
     * @param checkpointEvery epochs between numbered checkpoints, 0 for none
     */
    public record Train(
            OptionalInt epochs, OptionalInt batch, OptionalDouble rate, long seed, int workers, int checkpointEvery) {
        /** {@code recipe} with the epochs, batch and rate that are configured. */
        public Recipe applyTo(Recipe recipe) {
            Recipe changed = epochs.isPresent() ? recipe.withEpochs(epochs.getAsInt()) : recipe;
            changed = batch.isPresent() ? changed.withBatch(batch.getAsInt()) : changed;
            double initial = recipe.schedule().rate(0, List.of());
            return rate.isPresent() ? changed.withRateFactor(rate.getAsDouble() / initial) : changed;
        }
    }

    static TandemConfig read(Settings settings) {
        Optional<String> backend = settings.word("tandem.backend");
        List<String> autoOrder = settings.words("tandem.autoOrder");
        Map<String, Map<String, Long>> options = new java.util.TreeMap<>();
        for (BackendProvider provider : Backends.providers()) {
            options.put(provider.name(), BackendSettings.read(settings, provider));
        }
        return new TandemConfig(
                backend,
                autoOrder,
                options,
                settings.word("tandem.recipe").orElseThrow(),
                settings.word("tandem.data").map(text -> Path.of(text).toAbsolutePath().normalize()),
                new Placement(
                        settings.word("tandem.placement.strategy").orElseThrow(),
                        settings.words("tandem.placement.devices"),
                        settings.words("tandem.placement.table")),
                new Small(
                        integer(settings, "tandem.small.width", 12, 9600),
                        integer(settings, "tandem.small.hidden", 1, 65536),
                        integer(settings, "tandem.small.image", 1, 4096),
                        integer(settings, "tandem.small.crop", 1, 4096)),
                new Train(
                        optional(settings, "tandem.train.epochs", 100_000),
                        optional(settings, "tandem.train.batch", 65_536),
                        settings.positive("tandem.train.rate", 1000),
                        settings.integer("tandem.train.seed", Long.MIN_VALUE, Long.MAX_VALUE)
                                .orElseThrow(),
                        integer(settings, "tandem.train.workers", 0, 256),
                        integer(settings, "tandem.train.checkpointEvery", 0, 100_000)),
                settings.inForce());
    }
}
