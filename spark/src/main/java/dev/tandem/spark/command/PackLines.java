package dev.tandem.spark.command;

import dev.tandem.imagenet.options.ScanProgress;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;

/** Progress as lines, one every few seconds and one at the end of each set; ends the work when it is asked to. */
final class PackLines implements ScanProgress {
    private static final long BETWEEN_NANOS = 10_000_000_000L;

    private final Consumer<String> say;
    private volatile boolean stopped;
    private long lastNanos = System.nanoTime();

    PackLines(Consumer<String> say) {
        this.say = say;
    }

    /** From now on, Ctrl-C ends the work at its next report, with a {@link CancellationException}. */
    void stopOnSignal() {
        StopSignal.onFirst(() -> {
            say.accept("Stopping; once more ends at once");
            stopped = true;
        });
    }

    @Override
    public void checked(String set, int done, int total) {
        if (stopped) {
            throw new CancellationException("asked to stop");
        }
        long now = System.nanoTime();
        if (done == total || now - lastNanos > BETWEEN_NANOS) {
            lastNanos = now;
            say.accept(String.format(Locale.ROOT, "%s: %,d of %,d", set, done, total));
        }
    }

    @Override
    public void noted(String line) {
        say.accept(line);
    }
}
