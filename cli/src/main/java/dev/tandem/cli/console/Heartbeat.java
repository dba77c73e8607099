package dev.tandem.cli.console;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Prints the progress of some work to standard error if nothing else was printed about it for a while, even while one
 * step of it takes long. Used if standard error is no terminal: a log that is silent for minutes looks like a hang.
 */
public final class Heartbeat implements AutoCloseable {
    /** With the checks between, a line appears at least every 30 seconds. */
    public static final Duration INTERVAL = Duration.ofSeconds(25);

    private static final int CHECKS = 10;

    private final Console console;
    private final Supplier<String> status;
    private final Duration interval;
    private final ScheduledExecutorService timer;
    private volatile long printedNanos = System.nanoTime();

    /** Prints {@code status} from now on, each time {@code interval} has passed without {@link #printed}. */
    public Heartbeat(Console console, Duration interval, Supplier<String> status) {
        this.console = console;
        this.interval = interval;
        this.status = status;
        timer = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "heartbeat");
            thread.setDaemon(true);
            return thread;
        });
        long period = interval.toNanos() / CHECKS;
        timer.scheduleAtFixedRate(this::check, period, period, TimeUnit.NANOSECONDS);
    }

    /** Something else was printed. */
    void printed() {
        printedNanos = System.nanoTime();
    }

    private void check() {
        if (System.nanoTime() - printedNanos >= interval.toNanos()) {
            console.err().println(status.get());
            printed();
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
