package dev.tandem.cli.console;

import dev.tandem.imagenet.options.ScanProgress;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CancellationException;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Shows how far work on many files is, set by set, with rate and time left: a bar on a terminal, elsewhere a line now
 * and then and one at the end of a set.
 */
public final class CountDisplay implements ScanProgress, AutoCloseable {
    private final Console console;
    private final String doing;
    private final String done;
    private final Set<String> finished = new HashSet<>();
    private volatile boolean cancelled;
    private String current = "";
    private long firstNanos;
    private int first;
    private ProgressBar bar;
    private final Duration longest;
    private Heartbeat heartbeat;
    private volatile String status = "";

    /** A display of what is done to images, such as {@code Packing} and, when it is over, {@code Packed}. */
    public CountDisplay(Console console, String doing, String done) {
        this(console, doing, done, Heartbeat.INTERVAL);
    }

    /** A display that, off a terminal, is silent for {@code longest} at most. */
    public CountDisplay(Console console, String doing, String done, Duration longest) {
        this.longest = longest;
        this.console = console;
        this.doing = doing;
        this.done = done;
    }

    /** Makes the work end with a {@link CancellationException} from its next report; may be called from any thread. */
    public void cancel() {
        cancelled = true;
    }

    @Override
    public void checked(String set, int count, int total) {
        if (cancelled) {
            throw new CancellationException("asked to stop");
        }
        if (finished.contains(set)) {
            return;
        }
        if (!set.equals(current)) {
            begin(set, count, total);
        } else if (bar == null && heartbeat == null) {
            show(count, total);
        }
        double seconds = (System.nanoTime() - firstNanos) / 1e9;
        // What was there at the first report, such as the shards of an earlier packing, took none of this time.
        double rate = seconds > 0 ? (count - first) / seconds : 0;
        if (bar != null) {
            bar.setExtraMessage(" " + pace(set, rate, total - count));
            bar.stepTo(count);
        } else {
            String pace = pace(set, rate, total - count);
            status = status(set, count, total) + (pace.isEmpty() ? "" : ", " + pace);
        }
        if (count == total) {
            close();
            finished.add(set);
            if (!console.terminal()) {
                say(name(done, set)
                        + String.format(Locale.ROOT, ": %,d ", total)
                        + unit(set)
                        + (seconds < 1 ? "" : ", " + ProgressDisplay.duration(seconds)));
            }
        }
    }

    @Override
    public void noted(String line) {
        close();
        say(line);
    }

    private void begin(String set, int count, int total) {
        close();
        current = set;
        first = count;
        firstNanos = System.nanoTime();
        show(count, total);
    }

    private void show(int count, int total) {
        if (console.terminal()) {
            bar = new ProgressBarBuilder()
                    .setInitialMax(total)
                    .startsFrom(count, Duration.ZERO)
                    .setTaskName(name(doing, current))
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(250)
                    .hideEta()
                    .setConsumer(new ConsoleProgressBarConsumer(System.err))
                    .build();
        } else {
            status = status(current, count, total);
            heartbeat = new Heartbeat(console, longest, () -> status);
        }
    }

    private String status(String set, int count, int total) {
        return name(doing, set) + String.format(Locale.ROOT, ": %,d of %,d", count, total);
    }

    private static String pace(String set, double rate, int left) {
        return rate == 0
                ? ""
                : String.format(Locale.ROOT, "%.0f %s/s, ", rate, unit(set))
                        + ProgressDisplay.duration(left / rate)
                        + " left";
    }

    /** The words of {@link ScanProgress#checked} as people say them. */
    private static String name(String verb, String set) {
        if (set.startsWith("unpacking of ")) {
            return capitalized(set);
        }
        return switch (unit(set)) {
            case "images", "shards", "windows" -> verb + " " + set;
            case "MB" -> set.equals("weights") ? verb + " weights" : "Checksum of " + set;
            default -> capitalized(set);
        };
    }

    private static String capitalized(String set) {
        return Character.toUpperCase(set.charAt(0)) + set.substring(1);
    }

    private static String unit(String set) {
        return switch (set) {
            case "train", "val", "test", "images" -> "images";
            case "shards", "windows" -> set;
            default -> set.startsWith("listing of ") ? "entries" : "MB";
        };
    }

    private void say(String line) {
        console.err().println(line);
    }

    /** Takes the display away, so that other lines can be printed; the next report brings it back. */
    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
        if (heartbeat != null) {
            heartbeat.close();
            heartbeat = null;
        }
    }
}
