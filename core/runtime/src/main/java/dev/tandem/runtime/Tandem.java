package dev.tandem.runtime;

import dev.tandem.nn.checkpoint.ModelDescription;
import dev.tandem.nn.data.Dataset;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.Placement;
import dev.tandem.runtime.config.ConfigSources;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.runtime.wiring.OpenedBackends;
import dev.tandem.runtime.wiring.Wired;
import dev.tandem.spi.Backend;
import dev.tandem.spi.Device;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.List;

/**
 * Tandem for a program: {@code try (Tandem tandem = Tandem.configure("tandem.backend = cpu")) ...}. The backend opens
 * at the first use of a device or a placement.
 */
public final class Tandem implements AutoCloseable {
    private final TandemConfig config;
    private final Wired wired;

    private Tandem(TandemConfig config) {
        this.config = config;
        this.wired = Wired.of(config);
    }

    /**
     * Tandem as HOCON text says; the keys are those of {@code reference.conf}. A program that makes its recipes itself
     * leaves {@code tandem.recipe} out.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_CONFIGURATION}) for anything wrong in it
     */
    public static Tandem configure(String hocon) {
        return new Tandem(new ConfigSources().addText(hocon).load());
    }

    /** Tandem with a configuration that is loaded already. */
    public static Tandem configure(TandemConfig config) {
        return new Tandem(config);
    }

    /** The configuration in force, with what was left to this machine as soon as its backend is open. */
    public TandemConfig config() {
        return wired.get(OpenedBackends.class).decided();
    }

    /** The configured backend's devices. */
    public List<Device> devices() {
        return wired.get(Backend.class).devices();
    }

    /** Where models go, by {@code tandem.placement}. */
    public Placement placement() {
        return wired.get(Placement.class);
    }

    /**
     * The recipe of {@code tandem.recipe}, with all that is configured for it.
     *
     * @param classes how many classes there are, 1 or more
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_CONFIGURATION}) if none is configured, or its
     *     settings do not fit each other
     */
    public Recipe recipe(int classes) {
        return new ConfiguredRecipe(config).forClasses(classes);
    }

    /**
     * What the recipe of {@code tandem.recipe} does to every image; it does not depend on the classes.
     *
     * @throws TandemException as {@link #recipe} does
     */
    public Preprocessing preprocessing() {
        return new ConfiguredRecipe(config).preprocessing();
    }

    /**
     * What a checkpoint of the recipe of {@code tandem.recipe}, trained on {@code data}, has to hold so that {@link
     * #open} needs nothing else.
     *
     * @throws TandemException as {@link #recipe} does
     */
    public ModelDescription description(Dataset data) {
        return ModelDescription.of(new ConfiguredRecipe(config).choice(), data.imageInput());
    }

    /**
     * A classifier of a trained model, made of its checkpoint alone, where {@code tandem.placement} says. It is closed
     * before this.
     *
     * @param path a checkpoint, a file of weights that a provider on the class path opens, or the folder of a run, of
     *     which the best checkpoint is taken, or else the last
     * @throws TandemException as {@link Classifier#open} does
     */
    public Classifier open(Path path) {
        return open(path, ClassifierOptions.defaults());
    }

    /** As {@link #open(Path)}, with other options. */
    public Classifier open(Path path, ClassifierOptions options) {
        return Classifier.open(path, placement(), options);
    }

    @Override
    public void close() {
        wired.close();
    }
}
