package dev.tandem.analysis.report;

import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.DeviceUse;
import dev.tandem.nn.train.Health;
import dev.tandem.nn.train.RunEvent;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.run.RunFolder;
import dev.tandem.run.watch.RunHistory;
import dev.tandem.run.watch.RunHistory.Figure;
import dev.tandem.run.watch.RunIndex;
import dev.tandem.run.watch.WatchedRun;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.runtime.config.Setting;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.runtime.config.WrittenSettings;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a run trained on what, and how it went. Errors are those of its log: of the best epoch, by the centre crop.
 *
 * @param name the name of its folder
 * @param folder where it is
 * @param recipe the recipe's name
 * @param data the folder of its images; null if it has none, as an imported one
 * @param classes how many it tells apart
 * @param trainingImages how many it was trained on; null if its data were not opened
 * @param validationImages how many it was validated on; null if its data were not opened
 * @param batch images of a training step
 * @param seed of everything random
 * @param parameters how many there are
 * @param epochs finished epochs
 * @param epochsPlanned the epochs that it was to have; null for an imported one
 * @param state {@code finished}, {@code running}, {@code stopped} (by a person), {@code killed}, {@code new} (no epoch
 *     was finished yet), {@code unreadable} or {@code imported}
 * @param bestEpoch the epoch with the least error; null if none was validated
 * @param seconds wall time of all epochs
 * @param imagesPerSecond the mean over the time that was spent on training, as far as it was measured; null without
 *     epochs
 * @param dataWaitShare the share of the training time that was spent waiting for data; null without epochs
 * @param settings what was configured, and where
 * @param events what was changed by hand
 * @param history a column each quantity, a row each epoch
 * @param health of its layers
 * @param devices what each device did in the last epoch
 * @param findings what is wrong at its end, in words
 */
public record RunFacts(
        String name,
        String folder,
        String recipe,
        @Nullable String data,
        int classes,
        @Nullable Integer trainingImages,
        @Nullable Integer validationImages,
        int batch,
        long seed,
        long parameters,
        int epochs,
        @Nullable Integer epochsPlanned,
        String state,
        @Nullable Integer bestEpoch,
        @Nullable Double top1Error,
        @Nullable Double top5Error,
        @Nullable Double logLoss,
        double seconds,
        @Nullable Double imagesPerSecond,
        @Nullable Double dataWaitShare,
        List<Setting> settings,
        List<RunEvent> events,
        HistoryColumns history,
        HealthColumns health,
        List<DeviceUse> devices,
        List<String> findings) {
    /**
     * The facts of a run.
     *
     * @param name how it is called in the report
     * @param config the run's own
     * @param state of its newest readable checkpoint; empty if it has none
     * @param notes gets what is wrong with its log
     */
    static RunFacts of(
            String name, RunFolder run, TandemConfig config, Optional<TrainingState> state, List<String> notes) {
        WatchedRun watched = watched(run);
        RunHistory history = watched.history();
        if (watched.summary().problem() != null) {
            notes.add("A file of " + name + " cannot be read to its end: "
                    + watched.summary().problem());
        }
        int classes = run.classNames().size();
        Recipe recipe = new ConfiguredRecipe(config).forClasses(classes);
        boolean imported = state.filter(TrainingState::isImported).isPresent();
        Integer best = watched.summary().bestEpoch();
        int row = best == null ? -1 : history.through(best) - 1;
        List<Health.Finding> findings =
                Health.findings(state.map(TrainingState::history).orElse(List.of()), classes);
        return new RunFacts(
                name,
                run.path().toString(),
                recipe.name(),
                config.data().map(Path::toString).orElse(null),
                classes,
                null,
                null,
                recipe.batch(),
                config.train().seed(),
                recipe.network().parameters(recipe.inputs(1)).stream()
                        .filter(spec -> !spec.isState())
                        .map(ParameterSpec::shape)
                        .mapToLong(shape -> shape.elements())
                        .sum(),
                history.size(),
                imported ? null : (Integer) recipe.epochs(),
                imported ? "imported" : watched.summary().state().name().toLowerCase(Locale.ROOT),
                best,
                at(history, Figure.TOP1_ERROR, row),
                at(history, Figure.TOP5_ERROR, row),
                at(history, Figure.LOG_LOSS, row),
                watched.summary().seconds(),
                imagesPerSecond(history),
                dataWaitShare(history),
                WrittenSettings.read(run.config()).settings(),
                watched.events(),
                HistoryColumns.of(history),
                HealthColumns.of(history),
                history.devices(),
                findings.stream().map(Health.Finding::text).toList());
    }

    /** The same with the number of its images. */
    RunFacts withImages(int training, int validation) {
        return new RunFacts(
                name,
                folder,
                recipe,
                data,
                classes,
                training,
                validation,
                batch,
                seed,
                parameters,
                epochs,
                epochsPlanned,
                state,
                bestEpoch,
                top1Error,
                top5Error,
                logLoss,
                seconds,
                imagesPerSecond,
                dataWaitShare,
                settings,
                events,
                history,
                health,
                devices,
                findings);
    }

    /** The state of the newest checkpoint that can be read; those that cannot are noted. */
    static Optional<TrainingState> newestState(RunFolder run, List<String> notes) {
        for (Path file : run.checkpointsToResume()) {
            try (Checkpoint opened = Checkpoint.open(file)) {
                return Optional.of(opened.state());
            } catch (TandemException e) {
                notes.add("A checkpoint is left out, as it cannot be read: " + e.getMessage());
            }
        }
        return Optional.empty();
    }

    private static WatchedRun watched(RunFolder run) {
        try (RunIndex index = RunIndex.open(run.path())) {
            return index.snapshot().runs().values().stream()
                    .findFirst()
                    .orElseThrow(() -> TandemException.of(
                            ErrorCode.INVALID_DATA,
                            "run folder " + run.path(),
                            "its config.conf is a symbolic link",
                            "a link",
                            "a plain file",
                            "Put the file that it leads to in its place"));
        }
    }

    private static @Nullable Double at(RunHistory history, Figure figure, int row) {
        return row < 0 ? null : HistoryColumns.finite(history.get(figure, row));
    }

    /** The harmonic mean: all epochs have as many images. */
    private static @Nullable Double imagesPerSecond(RunHistory history) {
        double[] times = IntStream.range(0, history.size())
                .mapToDouble(row -> 1 / history.get(Figure.IMAGES_PER_SECOND, row))
                .filter(time -> time > 0 && Double.isFinite(time))
                .toArray();
        return times.length == 0
                ? null
                : (Double) (times.length / DoubleStream.of(times).sum());
    }

    /** Weighted by the time of each epoch's training. */
    private static @Nullable Double dataWaitShare(RunHistory history) {
        double all = 0;
        double waited = 0;
        for (int row = 0; row < history.size(); row++) {
            double time = 1 / history.get(Figure.IMAGES_PER_SECOND, row);
            double share = history.get(Figure.DATA_WAIT_SHARE, row);
            if (time > 0 && Double.isFinite(time) && Double.isFinite(share)) {
                all += time;
                waited += share * time;
            }
        }
        return all == 0 ? null : (Double) (waited / all);
    }

    /** A short name for each of several runs: that of its folder, with folders above where two are the same. */
    static List<String> names(List<RunFolder> runs) {
        return runs.stream()
                .map(run -> {
                    Path path = run.path();
                    int count = 1;
                    while (count < path.getNameCount() && isShared(runs, run, count)) {
                        count++;
                    }
                    return tail(path, count);
                })
                .toList();
    }

    private static boolean isShared(List<RunFolder> runs, RunFolder run, int count) {
        return runs.stream()
                .filter(other -> !other.equals(run))
                .anyMatch(other -> Objects.equals(tail(other.path(), count), tail(run.path(), count)));
    }

    private static String tail(Path path, int count) {
        int all = path.getNameCount();
        return all == 0
                ? path.toString()
                : path.subpath(Math.max(0, all - count), all).toString();
    }
}
