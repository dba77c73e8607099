package dev.tandem.imagenet.shard;

import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.options.ScanProgress;
import java.util.EnumMap;
import java.util.Map;

/** Counts what is done of each split, and reports it a few times a second and at the end of a split. */
final class ProgressByTime {
    private static final long INTERVAL_NANOS = 200_000_000;

    private final ScanProgress listener;
    private final Map<Split, Integer> totals;
    private final Map<Split, Integer> done = new EnumMap<>(Split.class);
    private long lastNanos = System.nanoTime();

    ProgressByTime(ScanProgress listener, Map<Split, Integer> totals) {
        this.listener = listener;
        this.totals = totals;
    }

    synchronized void add(Split split, int count) {
        int now = done.merge(split, count, Integer::sum);
        int total = totals.get(split);
        if (now == total || System.nanoTime() - lastNanos > INTERVAL_NANOS) {
            lastNanos = System.nanoTime();
            listener.checked(split.folder(), now, total);
        }
    }
}
