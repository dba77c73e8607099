package dev.tandem.run.watch;

import dev.tandem.nn.train.RunEvent;
import dev.tandem.run.RunFolder;
import dev.tandem.runtime.config.Setting;
import java.util.List;

/**
 * A run as it was at one look; it does not change.
 *
 * @param folder where it is
 * @param summary the run in a line
 * @param settings its configuration as it is written; the origin is where a value was written when the run began
 * @param history its epochs
 * @param events what was changed by hand, in order
 * @param version the look at which something last changed; a later one has a greater number
 * @param rewrites how often epochs or events that were there have been replaced, as resuming does
 * @param keptEpochs epochs that the newest of these has kept, from the first on
 * @param keptEvents events that it has kept
 */
public record WatchedRun(
        RunFolder folder,
        RunSummary summary,
        List<Setting> settings,
        RunHistory history,
        List<RunEvent> events,
        long version,
        int rewrites,
        int keptEpochs,
        int keptEvents) {
    public WatchedRun {
        settings = List.copyOf(settings);
        events = List.copyOf(events);
    }

    /** Whether a process trains it. */
    public boolean isRunning() {
        return summary.state() == RunState.RUNNING;
    }
}
