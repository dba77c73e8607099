package dev.tandem.cli.console;

/** How a command ends, for the shell. */
public final class ExitStatus {
    /** Done. */
    public static final int OK = 0;

    /** The request was valid, but something failed. */
    public static final int FAILED = 1;

    /** The command line, the configuration or the data are not valid. */
    public static final int MISUSED = 2;

    /** Ended by a signal; what shells report for SIGINT. */
    public static final int INTERRUPTED = 130;

    private ExitStatus() {}
}
