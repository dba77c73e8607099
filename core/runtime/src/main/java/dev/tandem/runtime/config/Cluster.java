package dev.tandem.runtime.config;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.OptionalInt;

/**
 * How training is divided over the workers of a cluster.
 *
 * @param workers parts of each batch, a worker's each; empty for as many as there are executors when a run begins
 * @param localSteps steps by each worker between two exchanges, 1 or more
 */
public record Cluster(OptionalInt workers, int localSteps) {
    static final String WORKERS = "tandem.cluster.workers";
    static final String LOCAL_STEPS = "tandem.cluster.local-steps";

    static Cluster read(Settings settings) {
        return new Cluster(
                TandemConfig.integer(settings, WORKERS, 1, 65_536),
                TandemConfig.integer(settings, LOCAL_STEPS, 1, 10_000).getAsInt());
    }

    /**
     * Checks that training is not meant for a cluster, where one process is to do all of it.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) if workers, or several local steps, are set
     */
    public static void requireNone(TandemConfig config, String operation) {
        Cluster cluster = config.cluster();
        if (cluster.workers.isPresent()) {
            throw refused(config.setting(WORKERS), operation, "not set");
        }
        if (cluster.localSteps > 1) {
            throw refused(config.setting(LOCAL_STEPS), operation, 1);
        }
    }

    private static TandemException refused(Setting set, String operation, Object expected) {
        return TandemException.of(
                ErrorCode.INVALID_CONFIGURATION,
                operation,
                set.key() + " is for training on Spark, and this is one process",
                set.value() + " (" + set.origin() + ")",
                expected,
                "Train on Spark with tandem-spark, or begin a run without this setting");
    }
}
