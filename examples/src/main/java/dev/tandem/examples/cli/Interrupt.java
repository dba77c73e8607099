package dev.tandem.examples.cli;

import java.util.concurrent.CountDownLatch;

/**
 * Ctrl-C and SIGTERM. Whoever has something to finish says so with {@link #onRequest}; the process then ends when the
 * command has returned, with status 130.
 */
final class Interrupt {
    /** What shells report for a command ended by SIGINT. */
    static final int STATUS = 130;

    private final CountDownLatch returned = new CountDownLatch(1);
    private final Thread hook = new Thread(this::stop, "interrupt");
    private volatile Runnable finish;
    private volatile int status = STATUS;

    /** Listens to the signals that end a process. */
    void listen() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** From now on, an interrupt runs {@code action} and waits for the command to return; null: it ends at once. */
    void onRequest(Runnable action) {
        finish = action;
    }

    /** Does what a signal does to the command. */
    void request() {
        Runnable action = finish;
        if (action != null) {
            action.run();
        }
    }

    private void stop() {
        if (finish != null) {
            request();
            awaitReturn();
        }
        // Other threads may be inside native code: nothing below is in a state to be cleaned up.
        Runtime.getRuntime().halt(status);
    }

    private void awaitReturn() {
        try {
            returned.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the process with the command's status. */
    void exit(int commandStatus) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            status = commandStatus;
            returned.countDown();
        }
        System.exit(commandStatus);
    }
}
