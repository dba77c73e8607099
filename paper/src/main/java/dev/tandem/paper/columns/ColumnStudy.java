package dev.tandem.paper.columns;

import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.run.RunFolder;
import dev.tandem.run.picture.KernelPicture;
import dev.tandem.run.trial.Trial;
import dev.tandem.run.trial.TrialResult;
import dev.tandem.run.trial.Trials;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Trains a net of two columns from several seeds, and sees how often one column turns to colour and the other away from
 * it. Each seed is a run folder of its own.
 */
public final class ColumnStudy {
    private static final int ANY_CLASSES = 2;

    private final ParameterSpec first;
    private final Trials trials;
    private final List<Long> seeds;
    private final List<Trial> all;

    /**
     * The kernels that a seed led to.
     *
     * @param weights the first layer's, {@code shape (K, 3, h, w)}
     * @param top1Error after the last epoch, 0 to 1; null without validation images
     */
    public record Seed(
            long seed,
            float[] weights,
            Shape shape,
            ColumnDivision division,
            @Nullable Double top1Error) {}

    /**
     * A study of the configured recipe, its runs in {@code folder}.
     *
     * @param configured from a seed, which it sets as {@code tandem.train.seed}, to all settings
     * @param seeds at least one
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) for a recipe whose first layer is not of two
     *     columns of kernels over colours
     */
    public ColumnStudy(LongFunction<TandemConfig> configured, Path folder, List<Long> seeds) {
        this.all = seeds.stream()
                .map(seed -> new Trial("seed-" + seed, configured.apply(seed)))
                .toList();
        all.get(0).config().train().transfer().from().ifPresent(from -> {
            throw TandemException.of(
                    ErrorCode.INVALID_CONFIGURATION,
                    "tandem.train.from",
                    "each seed begins at random, and not with kernels that were trained",
                    from,
                    "not set",
                    "Remove it");
        });
        Recipe recipe = new ConfiguredRecipe(all.get(0).config()).forClasses(ANY_CLASSES);
        this.first = recipe.network().parameters(recipe.inputs(1)).get(0);
        this.trials = new Trials(folder);
        this.seeds = List.copyOf(seeds);
        if (new HashSet<>(seeds).size() < seeds.size()) {
            throw TandemException.argument("columns", "a seed is there twice", seeds, "each once", "");
        }
        boolean columns = KernelPicture.isPossible(first.shape())
                && first.shape().dim(1) == Preprocessing.COLOUR
                && KernelPicture.columns(recipe.network(), first.shape().dim(0)) == 2;
        if (!columns) {
            throw TandemException.of(
                    ErrorCode.INVALID_CONFIGURATION,
                    "columns",
                    "recipe " + recipe.name() + " has no two columns of kernels over colours",
                    first.name() + " " + first.shape(),
                    "convolutions in two groups over a first layer with colours",
                    "Use recipe small, paper or original");
        }
    }

    /** Asks the run under way to stop; may be called from any thread. */
    public void requestStop() {
        trials.requestStop();
    }

    /**
     * Trains what is not trained yet.
     *
     * @param seen receives each seed as it is known
     * @return the seeds in order; fewer than asked for if a stop was requested
     * @throws TandemException as {@link Trials} does, before anything is trained where it can be; and ({@link
     *     ErrorCode#DIVERGED}) at the first seed whose training diverges
     */
    public List<Seed> run(Consumer<Seed> seen) {
        all.forEach(trials::check);
        List<Seed> found = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            TrialResult result = trials.run(all.get(i));
            if (result.end() == TrialResult.End.STOPPED) {
                return found;
            }
            if (result.end() == TrialResult.End.DIVERGED) {
                throw TandemException.of(
                        ErrorCode.DIVERGED,
                        "columns",
                        "the training of seed " + seeds.get(i) + " diverged",
                        "an infinite loss",
                        "a finite one",
                        "Choose a lower tandem.train.learning-rate and another folder, or leave the seed out");
            }
            Seed seed = seed(seeds.get(i), trials.path(all.get(i)), result.history());
            found.add(seed);
            seen.accept(seed);
        }
        return found;
    }

    private Seed seed(long seed, Path run, List<EpochRecord> history) {
        try (Checkpoint last = Checkpoint.open(new RunFolder(run).checkpoint("last"))) {
            float[] weights = last.readParameter(first.name());
            Double error =
                    history.isEmpty() ? null : history.get(history.size() - 1).top1Error();
            return new Seed(seed, weights, first.shape(), ColumnDivision.of(weights, first.shape()), error);
        }
    }
}
