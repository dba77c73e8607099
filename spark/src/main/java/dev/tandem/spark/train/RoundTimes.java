package dev.tandem.spark.train;

import dev.tandem.nn.train.DeviceUse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Where the time of rounds went. For one thread that adds and others that read. */
final class RoundTimes {
    private final double[] busy;
    private double wall;
    private double compute;
    private double waiting;
    private double dataWait;
    private long bytes;
    private int rounds;

    RoundTimes(int workers) {
        this.busy = new double[workers];
    }

    /**
     * Adds a round.
     *
     * @param seconds that it took on the driver
     * @param received bytes that reached each worker
     */
    synchronized void add(double seconds, List<WorkerReport> reports, long received) {
        double slowest =
                reports.stream().mapToDouble(WorkerReport::computeSeconds).max().orElse(0);
        rounds++;
        wall += seconds;
        bytes += received;
        dataWait += reports.stream()
                .mapToDouble(WorkerReport::dataWaitSeconds)
                .max()
                .orElse(0);
        for (WorkerReport report : reports) {
            busy[report.worker()] += report.computeSeconds();
            compute += report.computeSeconds() / reports.size();
            waiting += (slowest - report.computeSeconds()) / reports.size();
        }
    }

    /** Nanoseconds that the workers waited for images, the slowest of each round. */
    synchronized long dataWaitNanos() {
        return (long) (dataWait * 1e9);
    }

    /** What was measured so far; what comes later does not change it. */
    synchronized RoundTimes copy() {
        RoundTimes copy = new RoundTimes(busy.length);
        System.arraycopy(busy, 0, copy.busy, 0, busy.length);
        copy.wall = wall;
        copy.compute = compute;
        copy.waiting = waiting;
        copy.dataWait = dataWait;
        copy.bytes = bytes;
        copy.rounds = rounds;
        return copy;
    }

    /** What each worker did since {@code before}, over {@code seconds}. */
    synchronized List<DeviceUse> since(RoundTimes before, double seconds) {
        List<DeviceUse> uses = new ArrayList<>();
        for (int worker = 0; worker < busy.length; worker++) {
            double own = busy[worker] - before.busy[worker];
            uses.add(new DeviceUse(
                    "worker:" + worker, bytes - before.bytes, own, Math.max(0, Math.min(1, 1 - own / seconds))));
        }
        return uses;
    }

    /** The seconds of a round since {@code before} in which workers computed, on average over workers and rounds. */
    synchronized double stepSeconds(RoundTimes before) {
        return (compute - before.compute) / Math.max(1, rounds - before.rounds);
    }

    /** What a round since {@code before} took besides steps and waiting for the slowest, in seconds, on average. */
    synchronized double exchangeSeconds(RoundTimes before) {
        double others = compute - before.compute + waiting - before.waiting;
        return Math.max(0, wall - before.wall - others) / Math.max(1, rounds - before.rounds);
    }

    /** A line on what was done since {@code before}. */
    synchronized String line(RoundTimes before) {
        double all = Math.max(1e-9, wall - before.wall);
        double computed = (compute - before.compute) / all;
        double waited = (waiting - before.waiting) / all;
        return String.format(
                Locale.ROOT,
                "%d rounds of %d workers: %.0f %% of the time in steps, %.0f %% in exchange, %.0f %% waiting for the"
                        + " slowest",
                rounds - before.rounds,
                busy.length,
                100 * computed,
                100 * Math.max(0, 1 - computed - waited),
                100 * waited);
    }
}
