package dev.tandem.spark.command;

import java.util.concurrent.atomic.AtomicBoolean;
import sun.misc.Signal;

/**
 * Ctrl-C and SIGTERM while something is to be finished. A shutdown hook would be too late: Spark's own runs at the same
 * time and stops the executors.
 */
final class StopSignal {
    private static final int BY_SIGNAL = 128;

    private StopSignal() {}

    /** The first signal runs {@code action}, the next ends the process. */
    static void onFirst(Runnable action) {
        AtomicBoolean isSecond = new AtomicBoolean();
        for (String name : new String[] {"INT", "TERM"}) {
            Signal.handle(new Signal(name), signal -> {
                if (isSecond.getAndSet(true)) {
                    System.exit(BY_SIGNAL + signal.getNumber());
                }
                action.run();
            });
        }
    }
}
