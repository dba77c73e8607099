package dev.tandem.run.watch;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The runs in a folder, looked at again and again by a thread of its own. What it gives is of its newest look and costs
 * nothing: no file is read for it. Runs are trained by other processes; nothing of theirs is written or locked.
 *
 * <p>A run folder is one with a {@code config.conf}, at most three folders deep; symbolic links are not followed. At
 * most 10,000 runs are watched. A run that cannot be read is there, with the reason.
 */
public final class RunIndex implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RunIndex.class);
    private static final long LOOK_EVERY_MILLIS = 300;
    /** Runs that nothing happens in are looked at less often, and so is which runs there are. */
    private static final long QUIET_EVERY = TimeUnit.SECONDS.toNanos(1);

    private static final long LIVELY_FOR = TimeUnit.SECONDS.toNanos(30);
    /** Finding runs among many files takes at most this part of the time. */
    private static final int REST = 20;

    private static final int MOST_REMOVED = 1000;

    private final Path root;
    private final RunFinder finder;
    private final Map<String, Watch> watches = new TreeMap<>();
    private final Deque<Removed> removed = new ArrayDeque<>();
    private final Thread thread = new Thread(this::watch, "run-index");
    private Runnable listener = () -> {};
    private long looks;
    private long findAt = System.nanoTime();
    private volatile Snapshot snapshot;
    private volatile boolean isClosed;

    /** A run, and when it is looked at again. */
    private static final class Watch {
        private final Path path;
        private final RunReader reader;
        private long lookAt;
        private long livelyUntil;
        private boolean isNew = true;

        Watch(String id, Path path, long now) {
            this.path = path;
            this.lookAt = now;
            this.reader = new RunReader(id, path);
        }
    }

    /**
     * A run that is no longer there.
     *
     * @param id what it was called
     * @param version the look that has missed it
     */
    public record Removed(String id, long version) {}

    /**
     * All runs at one look.
     *
     * @param version its number
     * @param runs by id, in order
     * @param removed runs that went, the newest last; the last 1,000
     * @param notice what is not shown, in words; null if all is
     */
    public record Snapshot(
            long version,
            SortedMap<String, WatchedRun> runs,
            List<Removed> removed,
            @Nullable String notice) {}

    private RunIndex(Path root) {
        this.root = root.toAbsolutePath().normalize();
        this.finder = new RunFinder(this.root);
    }

    /**
     * Begins to watch a folder; the first look is done when this returns.
     *
     * @param root may be missing as yet
     */
    public static RunIndex open(Path root) {
        RunIndex index = new RunIndex(root);
        index.look(System.nanoTime());
        index.thread.setDaemon(true);
        return index;
    }

    /**
     * Goes on looking, until it is closed.
     *
     * @param afterLook is called after each look that has found a change, by the thread that looks
     */
    public void start(Runnable afterLook) {
        listener = afterLook;
        thread.start();
    }

    /** The folder that is watched, absolute. */
    public Path folder() {
        return root;
    }

    /** The runs as the newest look has found them. */
    public Snapshot snapshot() {
        return snapshot;
    }

    /** The run called {@code id}; that is looked up, and no path is made of it. */
    public Optional<WatchedRun> find(String id) {
        return Optional.ofNullable(snapshot.runs().get(id));
    }

    private void watch() {
        boolean warned = false;
        while (!isClosed) {
            try {
                TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MILLIS);
                if (look(System.nanoTime())) {
                    listener.run();
                }
            } catch (InterruptedException closed) {
                return;
            } catch (RuntimeException | OutOfMemoryError e) {
                if (!warned) {
                    LOG.warn("Looking through {} failed; it goes on", root, e);
                }
                warned = true;
            }
        }
    }

    /** Looks at what is due at {@code now}; returns whether anything has changed. */
    synchronized boolean look(long now) {
        looks++;
        boolean changed = snapshot == null;
        if (now - findAt >= 0) {
            long began = System.nanoTime();
            changed |= find(now);
            findAt = now + Math.max(QUIET_EVERY, REST * (System.nanoTime() - began));
        }
        for (Watch watch : watches.values()) {
            if (now - watch.lookAt < 0) {
                continue;
            }
            WatchedRun run = watch.reader.look(looks);
            if (run.version() == looks) {
                changed = true;
                watch.livelyUntil = watch.isNew ? now : now + LIVELY_FOR;
            }
            watch.isNew = false;
            boolean isLively = run.isRunning() || now - watch.livelyUntil < 0;
            watch.lookAt = isLively ? now : now + QUIET_EVERY;
        }
        if (changed) {
            SortedMap<String, WatchedRun> runs = new TreeMap<>();
            watches.forEach((id, watch) -> runs.put(id, watch.reader.newest()));
            snapshot = new Snapshot(looks, runs, List.copyOf(removed), finder.notice());
        }
        return changed;
    }

    /** Brings the runs that are watched to those that are there; returns whether any went, or the notice is another. */
    private boolean find(long now) {
        SortedMap<String, Path> found = finder.find();
        boolean changed = snapshot != null && !Objects.equals(finder.notice(), snapshot.notice());
        List<String> gone = new ArrayList<>();
        watches.forEach((id, watch) -> {
            if (!watch.path.equals(found.get(id))) {
                gone.add(id);
            }
        });
        for (String id : gone) {
            watches.remove(id);
            removed.add(new Removed(id, looks));
            if (removed.size() > MOST_REMOVED) {
                removed.remove();
            }
        }
        found.forEach((id, path) -> watches.computeIfAbsent(id, name -> new Watch(name, path, now)));
        return changed || !gone.isEmpty();
    }

    @Override
    public void close() {
        isClosed = true;
        thread.interrupt();
    }
}
