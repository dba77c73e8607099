package dev.tandem.placement;

import dev.tandem.spi.TandemException;

/**
 * A prediction of one round of training over a cluster through Spark: local steps of every worker, then an exchange,
 * without overlap. In an exchange every worker sends what it has in slices; each slice is summed by one task, and the
 * sums go to the driver, which broadcasts them. After a single local step these are gradients, and every worker updates
 * its parameters by itself: that is part of the exchange.
 *
 * @param work what is trained
 * @param nodes on what
 * @param localSteps updates by each worker in a round
 * @param computeSeconds of the local steps of the worker with most rows
 * @param exchangeSeconds of everything else
 * @param oneNodeSeconds of an update on one of the nodes alone, without Spark, with all images
 */
public record ClusterForecast(
        ClusterWork work,
        ClusterNodes nodes,
        int localSteps,
        double computeSeconds,
        double exchangeSeconds,
        double oneNodeSeconds) {
    /** Forward and backward products read all parameters. */
    private static final int PASSES_OF_GRADIENTS = 2;
    /** The product of their gradients writes; the update reads these, parameter and velocity, and writes the last two. */
    private static final int PASSES_OF_UPDATE = 6;
    /** What does not depend on the batch: 90 ms of an update of {@code paper} on two cores. */
    private static final double MEMORY_BYTES_PER_SECOND_AND_CORE = 11e9;

    private static final double LEAST_EFFICIENCY = 0.5;

    /**
     * Predicts rounds of {@code localSteps} steps.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) if there are more workers than rows of
     *     a batch, or no step
     */
    public static ClusterForecast of(ClusterWork work, ClusterNodes nodes, int localSteps, ExchangeCost cost) {
        if (localSteps < 1) {
            throw TandemException.argument("plan", "no local step", localSteps, "1 or more", "");
        }
        if (nodes.workers() > work.batch()) {
            throw TandemException.argument(
                    "plan",
                    "more workers than images of a batch",
                    nodes.workers() + " workers, batch " + work.batch(),
                    "an image for each worker",
                    "Use fewer workers, or raise tandem.train.batch");
        }
        int images = work.batch() * work.accumulate();
        int rows = (work.batch() + nodes.workers() - 1) / nodes.workers() * work.accumulate();
        double flops = nodes.flopsPerSecond() / nodes.workersOfNode();
        double pass = work.parameterBytes() / (MEMORY_BYTES_PER_SECOND_AND_CORE * nodes.cores());
        double ownPass = pass * nodes.workersOfNode();
        double gradients = rows * work.flopsPerImage() / flops + PASSES_OF_GRADIENTS * work.accumulate() * ownPass;
        double products = work.factoredFlopsPerImage() / flops; // of an image
        double update = PASSES_OF_UPDATE * ownPass;
        double exchange = exchange(work, nodes, localSteps, cost);
        return new ClusterForecast(
                work,
                nodes,
                localSteps,
                localSteps == 1 ? gradients - rows * products : localSteps * (gradients + update),
                localSteps == 1 ? exchange + update + images * products : exchange,
                images * work.flopsPerImage() / nodes.flopsPerSecond()
                        + (PASSES_OF_GRADIENTS * work.accumulate() + PASSES_OF_UPDATE) * pass);
    }

    private static double exchange(ClusterWork work, ClusterNodes nodes, int localSteps, ExchangeCost cost) {
        double merged = mergedBytes(work, localSteps);
        double sent = sentBytes(work, nodes, localSteps);
        // The driver collects and broadcasts, a worker receives and sends, and all cores sum what all have sent.
        double core = 2 * merged + merged + sent;
        double allCores = nodes.workers() * sent / (nodes.nodes() * nodes.cores());
        double network = 0;
        if (nodes.nodes() > 1) {
            double elsewhere = 1 - 1.0 / nodes.nodes();
            network = merged + nodes.workersOfNode() * (merged + elsewhere * sent);
        }
        return cost.roundSeconds()
                + (core + allCores) / cost.bytesPerSecond()
                + network / nodes.networkBytesPerSecond();
    }

    private static long mergedBytes(ClusterWork work, int localSteps) {
        return localSteps == 1 ? work.gradientBytes() : work.stateBytes();
    }

    private static double sentBytes(ClusterWork work, ClusterNodes nodes, int localSteps) {
        if (localSteps > 1) {
            return work.stateBytes();
        }
        double factors = work.gradientBytes() - work.sharedGradientBytes();
        return work.sharedGradientBytes() + factors / nodes.workers();
    }

    /** Bytes that the driver receives and broadcasts in a round. */
    public long mergedBytes() {
        return mergedBytes(work, localSteps);
    }

    /** Bytes that each worker sends in a round. */
    public long sentBytes() {
        return Math.round(sentBytes(work, nodes, localSteps));
    }

    private int images() {
        return work.batch() * work.accumulate();
    }

    /** A round. */
    public double seconds() {
        return computeSeconds + exchangeSeconds;
    }

    /** The share of the exchange in the time of a round, 0 to 1. */
    public double exchangeShare() {
        return exchangeSeconds / seconds();
    }

    /** Images a second over all workers. */
    public double imagesPerSecond() {
        return localSteps * (double) images() / seconds();
    }

    /** Images a second of one of the nodes alone, without Spark. */
    public double oneNodeImagesPerSecond() {
        return images() / oneNodeSeconds;
    }

    /** How many times as fast as one of the nodes alone. */
    public double speedup() {
        return imagesPerSecond() / oneNodeImagesPerSecond();
    }

    /** What a node gives, as a share of what it gives alone. */
    public double efficiency() {
        return speedup() / nodes.nodes();
    }

    /**
     * The most nodes of which each gives at least half of what it gives alone, the batch over all being the same; 0 if
     * not even one does.
     */
    public int payingNodes(ExchangeCost cost) {
        int most = work.batch() / nodes.workersOfNode();
        int paying = 0;
        while (paying < most
                && of(work, nodes.with(paying + 1), localSteps, cost).efficiency() >= LEAST_EFFICIENCY) {
            paying++;
        }
        return paying;
    }
}
