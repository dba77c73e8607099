package dev.tandem.backend.cuda.driver;

import java.util.ArrayDeque;
import java.util.Deque;

/** The native handles of an object, given back from the last to the first; one that fails does not keep the others. */
public final class Handles implements AutoCloseable {
    private final Deque<Runnable> destroyers = new ArrayDeque<>();

    /** Notes that something was made just now, which {@code destroy} gives back. */
    public void add(Runnable destroy) {
        destroyers.push(destroy);
    }

    /** Gives back what was made before {@code failure}, which carries on what fails meanwhile. */
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
