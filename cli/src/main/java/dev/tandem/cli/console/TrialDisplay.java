package dev.tandem.cli.console;

import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.TrainingControl;
import dev.tandem.nn.train.TrainingListener;
import dev.tandem.nn.train.TrainingState;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows trials one after another: a bar over all of them on a terminal; elsewhere a line now and then. */
public final class TrialDisplay implements TrainingListener, AutoCloseable {
    private static final int TICKS = 1000;

    private final Console console;
    private final int trials;
    private final int epochs;
    private final Heartbeat heartbeat;
    private volatile String status = "starting";
    private ProgressBar bar;
    private String name = "";
    private int number;
    private long began;
    private double from;
    private double reached;
    private double trained;

    /**
     * A display of {@code trials} trials.
     *
     * @param epochs of each
     */
    public TrialDisplay(Console console, int trials, int epochs) {
        this(console, trials, epochs, Heartbeat.INTERVAL);
    }

    /** A display that, off a terminal, is silent for {@code longest} at most. */
    TrialDisplay(Console console, int trials, int epochs, Duration longest) {
        this.console = console;
        this.trials = trials;
        this.epochs = epochs;
        heartbeat = console.terminal() ? null : new Heartbeat(console, longest, () -> status);
    }

    /** The next trial begins, or is looked at. */
    public void next(String trial) {
        number++;
        name = trial;
        status = title();
    }

    /** Which of all trials is under way, from 1. */
    public int number() {
        return number;
    }

    private String title() {
        return "trial " + number + " of " + trials + " (" + name + ")";
    }

    @Override
    public void onStart(TrainingState state, TrainingControl control) {
        began = began == 0 ? System.nanoTime() : began;
        from = 0;
        reached = 0;
        say(title() + (state.step() > 0 ? ": goes on in epoch " + (state.epoch() + 1) : ""));
    }

    @Override
    public void onStep(Progress progress) {
        double now = progress.epoch() + progress.batchInEpoch() / (double) progress.batchesInEpoch();
        if (reached == 0) {
            from = now - 1.0 / progress.batchesInEpoch();
        }
        reached = now;
        double done = trained + reached - from;
        double all = (double) trials * epochs;
        double position = (number - 1.0) * epochs + reached;
        double left = Math.max(0, (System.nanoTime() - began) / 1e9 / done * (all - position));
        status = title()
                + String.format(
                        Locale.ROOT,
                        ": epoch %d of %d, %.0f images/s, %s left for all trials",
                        progress.epoch() + 1,
                        progress.epochs(),
                        progress.imagesPerSecond(),
                        ProgressDisplay.duration(left));
        if (console.terminal()) {
            show(
                    (long) (position * TICKS),
                    (long) (all * TICKS),
                    String.format(
                            Locale.ROOT,
                            "%s left | %s: epoch %d/%d",
                            ProgressDisplay.duration(left),
                            name,
                            progress.epoch() + 1,
                            progress.epochs()));
        }
    }

    private void show(long position, long all, String message) {
        if (bar == null) {
            bar = new ProgressBarBuilder()
                    .setInitialMax(all)
                    .startsFrom(position, Duration.ZERO)
                    .setTaskName("Trial " + number + "/" + trials)
                    .setUnit(" epochs", TICKS)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(250)
                    .hideEta()
                    .setConsumer(new ConsoleProgressBarConsumer(System.err))
                    .build();
        }
        bar.setExtraMessage(message);
        bar.stepTo(position);
    }

    @Override
    public void onTrained(TrainingState state, PlacedModel model) {
        status = title() + ": epoch " + (state.epoch() + 1) + ", validating";
    }

    @Override
    public void onEpoch(EpochRecord epoch, TrainingState state, PlacedModel model) {
        status = title() + ": " + epoch.epoch() + " epochs done" + ProgressDisplay.errors(epoch);
    }

    /** The trial is over; {@code line} says what came of it. */
    public void over(String line) {
        trained += reached - from;
        from = 0;
        reached = 0;
        say(line);
    }

    private void say(String line) {
        closeBar();
        console.err().println(line);
        if (heartbeat != null) {
            heartbeat.printed();
        }
    }

    private void closeBar() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }

    @Override
    public void close() {
        closeBar();
        if (heartbeat != null) {
            heartbeat.close();
        }
    }
}
