package dev.tandem.web.view;

import dev.tandem.nn.train.ActivationHealth;
import dev.tandem.run.watch.RunHistory;
import dev.tandem.run.watch.RunHistory.Figure;
import dev.tandem.run.watch.RunIndex;
import dev.tandem.run.watch.RunSummary;
import dev.tandem.run.watch.WatchedRun;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the page of one run is told: each epoch, each change by hand, and, at most once a second, the run in a line. If
 * the run went back to an earlier epoch, what it has trained since is told again.
 */
final class RunMessages implements EventStreams.Messages {
    private static final long SUMMARY_EVERY = TimeUnit.SECONDS.toNanos(1);

    private final RunIndex index;
    private final String id;
    private int epochs;
    private int events;
    private int rewrites;
    private boolean isGone;
    private @Nullable RunSummary summary;
    private long summaryAt;

    /** Tells of {@code run} what came after epoch {@code epoch}; after 0, all. */
    RunMessages(RunIndex index, WatchedRun run, int epoch) {
        this.index = index;
        this.id = run.summary().id();
        this.epochs = run.history().through(epoch);
        this.rewrites = run.rewrites();
        double step = epochs == 0 ? -1 : run.history().get(Figure.STEP, epochs - 1);
        this.events = (int)
                run.events().stream().filter(event -> event.step() <= step).count();
    }

    @Override
    public byte @Nullable [] next(long nanoTime) {
        WatchedRun run = index.find(id).orElse(null);
        if (run == null) {
            boolean isNew = !isGone;
            isGone = true;
            return isNew ? EventStreams.event("gone", null, Map.of("id", id)) : null;
        }
        isGone = false;
        goBack(run);
        if (epochs < run.history().size()) {
            int row = epochs++;
            return EventStreams.event("epoch", (long) run.history().get(Figure.EPOCH, row), epoch(run.history(), row));
        }
        if (events < run.events().size()) {
            return EventStreams.event("change", null, run.events().get(events++));
        }
        boolean isDue = summary == null || nanoTime - summaryAt >= SUMMARY_EVERY;
        if (isDue && !run.summary().equals(summary)) {
            summary = run.summary();
            summaryAt = nanoTime;
            return EventStreams.event("summary", null, summary);
        }
        return null;
    }

    private void goBack(WatchedRun run) {
        if (run.rewrites() != rewrites) {
            boolean isNext = run.rewrites() == rewrites + 1;
            epochs = Math.min(epochs, isNext ? run.keptEpochs() : 0);
            events = Math.min(events, isNext ? run.keptEvents() : 0);
            rewrites = run.rewrites();
        }
        // It may be another run in the same place.
        epochs = Math.min(epochs, run.history().size());
        events = Math.min(events, run.events().size());
    }

    /** An epoch as its line of the log has it. */
    private static Map<String, Object> epoch(RunHistory history, int row) {
        Map<String, Object> epoch = new LinkedHashMap<>();
        for (Figure figure : Figure.values()) {
            double value = history.get(figure, row);
            epoch.put(figure.json(), figure.isWhole() ? (Object) (long) value : (Object) value);
        }
        boolean isNewest = row == history.size() - 1;
        epoch.put("devices", isNewest ? history.devices() : List.of());
        epoch.put("health", health(history, row));
        Map<String, Double> metrics = new TreeMap<>();
        history.metrics().forEach(name -> metrics.put(name, history.metric(name, row)));
        epoch.put("metrics", metrics);
        return epoch;
    }

    private static @Nullable Map<String, Object> health(RunHistory history, int row) {
        Map<String, ActivationHealth> activations = new TreeMap<>();
        history.layers().forEach(layer -> {
            if (!Double.isNaN(history.dead(layer, row))) {
                activations.put(layer, new ActivationHealth(history.dead(layer, row), history.saturated(layer, row)));
            }
        });
        Map<String, Double> ratios = new TreeMap<>();
        history.parameters().forEach(name -> {
            if (!Double.isNaN(history.updateRatio(name, row))) {
                ratios.put(name, history.updateRatio(name, row));
            }
        });
        return activations.isEmpty() && ratios.isEmpty()
                ? null
                : Map.of("activations", activations, "updateRatios", ratios);
    }
}
