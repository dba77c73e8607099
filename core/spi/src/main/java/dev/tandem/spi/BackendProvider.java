package dev.tandem.spi;

import java.util.List;

/**
 * How a backend is found: listed in {@code META-INF/services/dev.tandem.spi.BackendProvider}. Constructing a provider
 * must load no native code; {@link #probe} and {@link #open} may.
 */
public interface BackendProvider {
    /** The name it is chosen by, lower case: {@code cpu}, {@code cuda}. */
    String name();

    /** The settings it understands, each under {@code tandem.<name>}. */
    List<BackendOption> options();

    /** Whether it can run here, or why not and what to do. Never throws. */
    Probe probe();

    /**
     * {@code options} with a value in place of each that leaves something to this machine, such as {@code auto}: the one
     * that this machine always gets, so that a run can note it and get it again elsewhere. Only for a backend that can
     * run here.
     */
    default BackendOptions decided(BackendOptions options) {
        return options;
    }

    /**
     * Opens it.
     *
     * @throws TandemException ({@link ErrorCode#BACKEND_UNAVAILABLE}) with the probe's reason when it cannot run
     */
    Backend open(BackendOptions options);
}
