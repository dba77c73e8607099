package dev.tandem.imagenet.load;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads shards from beginning to end before their images are wanted one by one, so that they are in the system's page
 * cache. The shards of the first window are read at once, those of any other window while the one before it is in use.
 * One thread reads them, in order. Shards on other machines' file systems are not read ahead: their images are fetched one
 * by one, by as many threads as decode. Results do not depend on it, only time does.
 */
public final class Readahead implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Readahead.class);

    private final List<EpochOrder.Window> windows;
    private final Consumer<Path> reader;
    private final int first;
    private int wanted;
    private boolean closed;

    /** Begins with the window that {@code position} is in. */
    public Readahead(List<EpochOrder.Window> windows, int position) {
        this(windows, position, Readahead::read);
    }

    public Readahead(List<EpochOrder.Window> windows, int position, Consumer<Path> reader) {
        this.windows = windows;
        this.reader = reader;
        this.first = windowOf(position);
        this.wanted = Math.min(first + 1, windows.size());
        if (wanted > first) {
            Thread thread = new Thread(this::run, "tandem-readahead");
            thread.setDaemon(true);
            try {
                thread.start();
            } catch (OutOfMemoryError noThread) {
                LOG.warn("Shards are not read ahead: {}", noThread.getMessage());
            }
        }
    }

    private int windowOf(int position) {
        int window = 0;
        while (window + 1 < windows.size() && windows.get(window + 1).start() <= position) {
            window++;
        }
        return window;
    }

    /** The image at {@code position} is wanted now: the window behind its own will be next. */
    public synchronized void reached(int position) {
        if (wanted < windows.size() && windows.get(wanted - 1).start() <= position) {
            wanted++;
            notifyAll();
        }
    }

    private void run() {
        try {
            readAll();
        } catch (RuntimeException | Error e) {
            LOG.warn("Shards are not read ahead any more: {}", e.toString());
        }
    }

    private void readAll() {
        for (int window = first; awaitWanted(window); window++) {
            for (Path shard : windows.get(window).shards()) {
                if (!isClosed()) {
                    reader.accept(shard);
                }
            }
        }
    }

    /** Waits until {@code window} is to be read, or false if it never will be. */
    private synchronized boolean awaitWanted(int window) {
        try {
            while (!closed && window < windows.size() && window >= wanted) {
                wait();
            }
        } catch (InterruptedException e) {
            return false;
        }
        return !closed && window < windows.size();
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private static void read(Path shard) {
        if (shard.getFileSystem() != FileSystems.getDefault()) {
            return; // this system keeps no pages of it: reading it whole would be for nothing
        }
        try (InputStream bytes = Files.newInputStream(shard)) {
            bytes.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            return; // loading an image of it will fail with a proper error
        }
    }

    /** Reads nothing more, but for the shard under way. */
    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }
}
