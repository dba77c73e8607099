package dev.tandem.backend.cuda.driver;

import java.util.ArrayDeque;
import java.util.Deque;

/** The native handles of an object. They are destroyed from the last to the first, all of them even if one fails. */
public final class Handles implements AutoCloseable {
    private final Deque<Runnable> destroyers = new ArrayDeque<>();

    /** Adds a handle that was made just now; {@code destroy} gives it back. */
    public void add(Runnable destroy) {
        destroyers.push(destroy);
    }

    /** Gives back what was made before {@code failure}; further failures are added to it as suppressed. */
    public void closeAfter(RuntimeException failure) {
        try {
            close();
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    @Override
    public void close() {
        RuntimeException first = null;
        while (!destroyers.isEmpty()) {
            try {
                destroyers.pop().run();
            } catch (RuntimeException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
