package dev.tandem.cli.console;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C and SIGTERM. A command that has something to finish sets it with {@link #onRequest}; the process then ends
 * when the command has returned, with status 130. To be made on the thread that runs the command.
 */
public final class Interrupt {
    private static final long ALIVE_EVERY_MILLIS = 200;

    private final CountDownLatch returned = new CountDownLatch(1);
    private final Thread command = Thread.currentThread();
    private final Thread hook = new Thread(this::stop, "interrupt");
    private volatile Runnable finish;
    private volatile int status = ExitStatus.INTERRUPTED;

    /** Listens to the signals that end a process. */
    public void listen() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** From now on, an interrupt runs {@code action} and waits for the command to return; null: it ends at once. */
    public void onRequest(Runnable action) {
        finish = action;
    }

    /** Does what a signal does to the command. */
    public void request() {
        Runnable action = finish;
        if (action != null) {
            action.run();
        }
    }

    private void stop() {
        try {
            if (finish != null) {
                request();
                awaitReturn();
            }
        } catch (Throwable e) {
            status = ExitStatus.FAILED;
            System.err.println("Error: stopping failed: " + e);
        }
        // Other threads may be inside native code: nothing below is in a state to be cleaned up.
        Runtime.getRuntime().halt(status);
    }

    /** Waits for the command to return. If its thread has died instead, nothing will count down. */
    private void awaitReturn() throws InterruptedException {
        while (!returned.await(ALIVE_EVERY_MILLIS, TimeUnit.MILLISECONDS)) {
            if (!command.isAlive()) {
                status = ExitStatus.FAILED;
                return;
            }
        }
    }

    /** Ends the process with the command's status. */
    public void exit(int commandStatus) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            status = commandStatus;
            returned.countDown();
        }
        System.exit(commandStatus);
    }
}
