package dev.tandem.spark.train;

import dev.tandem.nn.recipe.Recipe;
import dev.tandem.placement.ClusterForecast;
import dev.tandem.placement.ClusterNodes;
import dev.tandem.placement.ClusterWork;
import dev.tandem.placement.ExchangeCost;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * What a round of an epoch took besides its steps, on average, and what {@code plan --spark} predicts for it.
 *
 * @param measuredSeconds without waiting for the slowest worker
 * @param predictedSeconds empty if workers took turns on fewer executors: that is not predicted
 * @param machines over which the executors are spread
 */
public record RoundExchange(double measuredSeconds, OptionalDouble predictedSeconds, int machines) {
    /** As {@code plan --spark} takes it where nothing else is said; of no effect on one machine. */
    private static final double GIGABITS = 10;

    private static final double BYTES_OF_GIGABIT = 1e9 / 8;

    /**
     * Predicts the exchange for executors that there are.
     *
     * @param hosts of the executors, one for each
     * @param cores of an executor
     * @param stepSeconds what the local steps of a round took
     * @param cost of Spark itself on such machines
     */
    static RoundExchange of(
            Recipe recipe,
            int workers,
            int localSteps,
            List<String> hosts,
            int cores,
            double stepSeconds,
            double measuredSeconds,
            ExchangeCost cost) {
        int machines = (int) hosts.stream().distinct().count();
        if (hosts.size() < workers || !(stepSeconds > 0)) {
            return new RoundExchange(measuredSeconds, OptionalDouble.empty(), machines);
        }
        int nodes = Math.min(machines, workers);
        int executorsOfNode = (hosts.size() + machines - 1) / machines;
        int workersOfNode = (workers + nodes - 1) / nodes;
        ClusterWork work = ClusterWork.of(recipe);
        int rows = (recipe.batch() + workers - 1) / workers * recipe.accumulate();
        double flopsOfImage = work.flopsPerImage() - (localSteps == 1 ? work.factoredFlopsPerImage() : 0);
        ClusterNodes cluster = new ClusterNodes(
                nodes,
                Math.max(executorsOfNode, workersOfNode) * cores,
                workers,
                workersOfNode * localSteps * rows * flopsOfImage / stepSeconds,
                GIGABITS * BYTES_OF_GIGABIT);
        ClusterForecast forecast = ClusterForecast.of(work, cluster, localSteps, cost);
        return new RoundExchange(measuredSeconds, OptionalDouble.of(forecast.exchangeSeconds()), machines);
    }

    /** Such as "0.63 s a round besides steps, predicted 0.72 s". */
    @Override
    public String toString() {
        StringBuilder line =
                new StringBuilder(String.format(Locale.ROOT, "%.2f s a round besides steps", measuredSeconds));
        predictedSeconds.ifPresent(seconds -> line.append(String.format(Locale.ROOT, ", predicted %.2f s", seconds)));
        if (predictedSeconds.isPresent() && machines > 1) {
            line.append(" at ").append((int) GIGABITS).append(" Gbit/s");
        }
        return line.toString();
    }
}
