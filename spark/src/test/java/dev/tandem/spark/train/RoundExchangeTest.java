package dev.tandem.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.alexnet.Recipes;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.placement.ClusterForecast;
import dev.tandem.placement.ClusterNodes;
import dev.tandem.placement.ClusterWork;
import dev.tandem.placement.ExchangeCost;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is measured stands beside what {@code plan --spark} says of the same cluster. */
class RoundExchangeTest {
    private static final ExchangeCost COST = ExchangeCost.of(400e6);

    private final Recipe recipe = Recipes.PAPER.recipe(10);

    private RoundExchange exchange(int workers, int localSteps, List<String> hosts, int cores) {
        return RoundExchange.of(recipe, workers, localSteps, hosts, cores, 4, 6.5, COST);
    }

    private double planned(ClusterNodes nodes, int localSteps) {
        return ClusterForecast.of(ClusterWork.of(recipe), nodes, localSteps, COST)
                .exchangeSeconds();
    }

    @Test
    void severalStepsOnOneMachine() {
        RoundExchange exchange = exchange(2, 5, List.of("a", "a"), 1);
        double planned = planned(new ClusterNodes(1, 2, 2, 1e11, 1.25e9), 5);
        assertThat(exchange.predictedSeconds().orElseThrow()).isCloseTo(planned, within(1e-9));
        assertThat(exchange).hasToString(String.format("6.50 s a round besides steps, predicted %.2f s", planned));
    }

    @Test
    void severalMachinesHaveTheNetworkThatPlanAssumes() {
        RoundExchange exchange = exchange(4, 5, List.of("a", "b", "c", "d"), 8);
        double planned = planned(new ClusterNodes(4, 8, 4, 1e11, 1.25e9), 5);
        assertThat(exchange.predictedSeconds().orElseThrow()).isCloseTo(planned, within(1e-9));
        assertThat(exchange.toString()).endsWith(" s at 10 Gbit/s");
    }

    /** After one step, the exchange has the update, which is as fast as the steps were. */
    @Test
    void oneStepHasTheUpdateInIt() {
        ClusterWork work = ClusterWork.of(recipe);
        double flops = 2 * 64 * (work.flopsPerImage() - work.factoredFlopsPerImage()) / 4;
        assertThat(exchange(2, 1, List.of("a", "a"), 1).predictedSeconds().orElseThrow())
                .isCloseTo(planned(new ClusterNodes(1, 2, 2, flops, 1.25e9), 1), within(1e-9));
    }

    @Test
    void workersThatTakeTurnsAreNotPredicted() {
        assertThat(exchange(2, 5, List.of("a"), 1)).hasToString("6.50 s a round besides steps");
        assertThat(exchange(2, 5, List.of("a", "b", "b"), 1).predictedSeconds()).isPresent();
    }
}
