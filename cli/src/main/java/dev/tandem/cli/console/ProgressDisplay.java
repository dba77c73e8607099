package dev.tandem.cli.console;

import static java.util.stream.Collectors.joining;

import dev.tandem.nn.train.DeviceUse;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.RunEvent;
import dev.tandem.nn.train.TrainingListener;
import dev.tandem.nn.train.TrainingState;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Shows a run: a bar on a terminal; elsewhere a line once the first step is computed, a line an epoch, and one between if
 * an epoch takes long.
 */
public final class ProgressDisplay implements TrainingListener, AutoCloseable {
    private final Console console;
    private final long began = System.nanoTime();
    private ProgressBar bar;
    private long stepsBefore = -1;
    private double timeLeft;
    private String validation = "";
    private final Heartbeat heartbeat;
    private volatile String status = "starting";

    public ProgressDisplay(Console console) {
        this(console, Heartbeat.INTERVAL);
    }

    /** A display that, off a terminal, is silent for {@code longest} at most. */
    public ProgressDisplay(Console console, Duration longest) {
        this.console = console;
        heartbeat = console.terminal() ? null : new Heartbeat(console, longest, () -> status);
    }

    @Override
    public void onStep(Progress progress) {
        long steps = progress.epoch() * (long) progress.batchesInEpoch() + progress.batchInEpoch();
        long all = progress.epochs() * (long) progress.batchesInEpoch();
        if (stepsBefore < 0) {
            stepsBefore = steps - 1;
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        timeLeft = seconds / (steps - stepsBefore) * (all - steps);
        if (!console.terminal()) {
            status = status(progress);
            if (steps == stepsBefore + 2) {
                // A step is called while the device computes it, and the next one waits for it.
                console.err().println(status);
                heartbeat.printed();
            }
            return;
        }
        if (bar == null) {
            bar = new ProgressBarBuilder()
                    .setInitialMax(all)
                    .startsFrom(stepsBefore, Duration.ZERO)
                    .setTaskName("Training")
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(250)
                    .hideEta()
                    .setConsumer(new ConsoleProgressBarConsumer(System.err))
                    .build();
        }
        bar.setExtraMessage(String.format(
                Locale.ROOT,
                " epoch %d/%d%s%s | %.0f images/s | waiting %.1f %% | %s left",
                progress.epoch() + 1,
                progress.epochs(),
                Double.isNaN(progress.loss()) ? "" : String.format(Locale.ROOT, " loss %.3f", progress.loss()),
                validation,
                progress.imagesPerSecond(),
                100 * progress.dataWaitShare(),
                duration(timeLeft)));
        bar.stepTo(steps);
    }

    private String status(Progress progress) {
        return String.format(
                Locale.ROOT,
                "epoch %d of %d: batch %,d of %,d%s, %.0f images/s, %s left",
                progress.epoch() + 1,
                progress.epochs(),
                progress.batchInEpoch(),
                progress.batchesInEpoch(),
                Double.isNaN(progress.loss()) ? "" : String.format(Locale.ROOT, ", loss %.4f", progress.loss()),
                progress.imagesPerSecond(),
                duration(timeLeft));
    }

    @Override
    public void onTrained(TrainingState state, PlacedModel model) {
        status = "epoch " + (state.epoch() + 1) + ": validating";
    }

    @Override
    public void onEpoch(EpochRecord epoch, TrainingState state, PlacedModel model) {
        if (epoch.top1Error() != null) {
            validation = String.format(Locale.ROOT, " error %.1f %%", 100 * epoch.top1Error());
        }
        if (!console.terminal()) {
            console.err()
                    .println(String.format(
                            Locale.ROOT,
                            "epoch %d: loss %.4f%s, %.0f images/s, waiting for data %.1f %%, %s left",
                            epoch.epoch(),
                            epoch.trainingLoss(),
                            errors(epoch),
                            epoch.imagesPerSecond(),
                            100 * epoch.dataWaitShare(),
                            duration(timeLeft)));
            heartbeat.printed();
            if (epoch.devices().size() > 1) {
                console.err()
                        .println("  "
                                + epoch.devices().stream()
                                        .map(ProgressDisplay::use)
                                        .collect(joining("; ")));
            }
        }
    }

    /** What a device did in an epoch. */
    private static String use(DeviceUse device) {
        String time = device.busySeconds() == null
                ? ""
                : String.format(
                        Locale.ROOT, ", busy %.1f s, idle %.0f %%", device.busySeconds(), 100 * device.idleShare());
        return String.format(
                Locale.ROOT, "%s: %.1f MB from other devices%s", device.device(), device.receivedBytes() / 1e6, time);
    }

    @Override
    public void onEvent(RunEvent event) {
        console.err().println(event.setting() + " is " + event.to() + " from step " + event.step() + " on");
    }

    @Override
    public void onInterrupt(TrainingState state, PlacedModel model) {
        close();
    }

    /** The errors of an epoch, as part of a sentence; empty where there was no validation. */
    public static String errors(EpochRecord epoch) {
        String errors = epoch.top1Error() == null ? "" : ", " + errors(epoch.top1Error(), epoch.top5Error());
        return errors
                + epoch.metrics().entrySet().stream()
                        .map(metric ->
                                String.format(Locale.ROOT, ", validation %s %.4f", metric.getKey(), metric.getValue()))
                        .collect(joining());
    }

    /** The errors, shares of 1, in words; the second may be null. */
    public static String errors(double top1Error, Double top5Error) {
        String top1 = String.format(Locale.ROOT, "top-1 error %.2f %%", 100 * top1Error);
        return top5Error == null ? top1 : top1 + String.format(Locale.ROOT, ", top-5 error %.2f %%", 100 * top5Error);
    }

    /** A duration as people say it. */
    public static String duration(double seconds) {
        long whole = Math.round(seconds);
        if (whole < 60) {
            return whole + " s";
        }
        return whole < 3600
                ? whole / 60 + " min " + whole % 60 + " s"
                : whole / 3600 + " h " + whole / 60 % 60 + " min";
    }

    @Override
    public void close() {
        if (heartbeat != null) {
            heartbeat.close();
        }
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
