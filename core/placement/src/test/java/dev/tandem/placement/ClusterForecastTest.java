package dev.tandem.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expected values are computed by hand. */
class ClusterForecastTest {
    private static final Offset<Double> ROUNDING = within(1e-9);
    private static final double GIGABIT = 1.25e8;
    /** As large as the fully-connected layers of the paper. */
    private static final Network NETWORK = Network.builder()
            .add("fc6", Linear.of(4096))
            .add("relu6", Activation.relu())
            .add("fc7", Linear.of(4096))
            .add("relu7", Activation.relu())
            .add("fc8", Linear.of(1000))
            .build();

    private static Recipe recipe(Network network, int batch) {
        return Recipe.named("paper's")
                .network(network, 1000)
                .input(Shape.of(9216))
                .schedule(at -> 0.01)
                .epochs(1)
                .batch(batch)
                .build();
    }

    private static final long WEIGHTS = 9216 * 4096L + 4096 * 4096L + 4096 * 1000L;
    private static final long BIASES = 4096 + 4096 + 1000;
    /** A pass over all parameters takes 12.5 ms on two cores, and an update's all 0.1 s. */
    private static final ClusterWork WORK =
            new ClusterWork(128, 1, 4e9, 1e8, 275_000_000, 480_000_000, 23_000_000, 9_000_000);

    private static final ClusterNodes EIGHT = new ClusterNodes(8, 2, 8, 200e9, GIGABIT);
    private static final ExchangeCost COST = new ExchangeCost(0.2, 500e6);

    @Test
    void fullyConnectedWeightsTravelAsTheirFactors() {
        ClusterWork work = ClusterWork.of(recipe(NETWORK, 128));
        assertThat(work.parameterBytes()).isEqualTo(4 * (WEIGHTS + BIASES)).isEqualTo(234_524_576);
        assertThat(work.stateBytes()).as("with velocities").isEqualTo(2 * 234_524_576L);
        long factors = 128 * 4 * (9216 + 4096 + 4096 + 4096 + 4096 + 1000L);
        assertThat(factors).isEqualTo(13_619_200);
        assertThat(work.gradientBytes()).isEqualTo(factors + 4 * BIASES);
        assertThat(work.sharedGradientBytes()).isEqualTo(4 * BIASES);
        // Forward, and gradients of weights and of inputs, but of no image.
        assertThat(work.flopsPerImage()).isEqualTo(2.0 * (3 * WEIGHTS - 9216 * 4096));
        assertThat(work.factoredFlopsPerImage()).isEqualTo(2.0 * WEIGHTS);
    }

    @ParameterizedTest
    @CsvSource({"803, 1, true", "804, 1, false", "401, 2, true", "402, 2, false"})
    void factorsOfManyRowsAreLargerThanTheirProduct(int batch, int accumulate, boolean factored) {
        // 803 * 5096 = 4,092,088 and 804 * 5096 = 4,097,184; the product has 4,096,000.
        assertThat(FactoredWeights.of(recipe(NETWORK, batch).withAccumulate(accumulate)))
                .containsExactlyElementsOf(
                        factored
                                ? List.of("fc6.weight", "fc7.weight", "fc8.weight")
                                : List.of("fc6.weight", "fc7.weight"));
    }

    @Test
    void frozenLayersTravelOnlyWithTheWholeState() {
        ClusterWork work = ClusterWork.of(recipe(NETWORK.frozen("fc6", "fc7"), 128));
        assertThat(work.gradientBytes()).isEqualTo(4 * (128 * 5096 + 1000));
        assertThat(work.parameterBytes()).isEqualTo(234_524_576);
        assertThat(work.stateBytes()).isEqualTo(234_524_576 + 4 * (4096 * 1000 + 1000L));
    }

    @Test
    void oneStepExchangesGradients() {
        ClusterForecast round = ClusterForecast.of(WORK, EIGHT, 1, COST);
        // 16 of 128 images, without the products of their factors, and two passes over the parameters.
        assertThat(round.computeSeconds()).isCloseTo(0.32 - 0.008 + 0.025, ROUNDING);
        assertThat(round.sentBytes()).isEqualTo(9_000_000 + 14_000_000 / 8);
        assertThat(round.mergedBytes()).isEqualTo(23_000_000);
        double cores = (3 * 23e6 + 10.75e6 + 8 * 10.75e6 / 16) / 500e6;
        double network = (23e6 + 23e6 + 10.75e6 * 7 / 8) / GIGABIT;
        assertThat(cores).isCloseTo(0.17025, ROUNDING);
        assertThat(network).isCloseTo(0.44325, ROUNDING);
        // Six passes of the update, and the products of all factors.
        assertThat(round.exchangeSeconds()).isCloseTo(0.2 + 0.17025 + 0.44325 + 0.075 + 0.064, ROUNDING);
    }

    @Test
    void severalStepsExchangeTheWholeState() {
        ClusterForecast round = ClusterForecast.of(WORK, EIGHT, 50, COST);
        assertThat(round.computeSeconds()).isCloseTo(50 * 0.42, ROUNDING);
        assertThat(round.sentBytes()).isEqualTo(round.mergedBytes()).isEqualTo(480_000_000);
        // Cores: (4 * 480 + 240) MB; network: (2 + 7/8) * 480 MB.
        assertThat(round.exchangeSeconds()).isCloseTo(0.2 + 4.32 + 11.04, ROUNDING);
        assertThat(round.exchangeShare()).isCloseTo(15.56 / 36.56, ROUNDING);
        assertThat(round.imagesPerSecond()).isCloseTo(50 * 128 / 36.56, ROUNDING);
        // One node alone: 2.56 s of arithmetic and 0.1 s of passes a step.
        assertThat(round.oneNodeImagesPerSecond()).isCloseTo(128 / 2.66, ROUNDING);
        assertThat(round.speedup()).isCloseTo(50 * 2.66 / 36.56, ROUNDING);
        assertThat(round.efficiency()).isCloseTo(50 * 2.66 / 36.56 / 8, ROUNDING);
    }

    @Test
    void anUpdateMayBeOfSeveralBatches() {
        ClusterWork twice = new ClusterWork(128, 2, 4e9, 1e8, 275_000_000, 480_000_000, 23_000_000, 9_000_000);
        ClusterForecast round = ClusterForecast.of(twice, EIGHT, 50, COST);
        assertThat(round.computeSeconds()).isCloseTo(50 * (2 * (0.32 + 0.025) + 0.075), ROUNDING);
        assertThat(round.imagesPerSecond()).isCloseTo(50 * 256 / (38.25 + 15.56), ROUNDING);
        assertThat(round.oneNodeSeconds()).isCloseTo(2 * (2.56 + 0.025) + 0.075, ROUNDING);
        // 19 images on the busiest of seven nodes.
        ClusterNodes seven = new ClusterNodes(7, 2, 7, 200e9, GIGABIT);
        assertThat(ClusterForecast.of(WORK, seven, 2, COST).computeSeconds())
                .isCloseTo(2 * (19 * 0.02 + 0.1), ROUNDING);
    }

    @Test
    void workersOfOneMachineShareItAndUseNoNetwork() {
        ClusterForecast round = ClusterForecast.of(WORK, new ClusterNodes(1, 2, 2, 200e9, 1), 5, COST);
        assertThat(round.computeSeconds()).isCloseTo(5 * (64 * 4e9 / 100e9 + 2 * 0.1), ROUNDING);
        assertThat(round.exchangeSeconds()).isCloseTo(0.2 + (4 * 480e6 + 480e6) / 500e6, ROUNDING);
        assertThat(round.speedup()).isLessThan(1);
    }

    @Test
    void nodesPayAsLongAsEachGivesHalfOfWhatItGivesAlone() {
        for (int steps : new int[] {1, 20, 50, 1000}) {
            int paying = ClusterForecast.of(WORK, EIGHT, steps, COST).payingNodes(COST);
            if (paying > 0) {
                assertThat(efficiency(paying, steps)).isGreaterThanOrEqualTo(0.5);
            }
            assertThat(efficiency(paying + 1, steps)).isLessThan(0.5);
        }
        assertThat(ClusterForecast.of(WORK, EIGHT, 1000, new ExchangeCost(0, 1e15))
                        .payingNodes(new ExchangeCost(0, 1e15)))
                .isGreaterThan(8);
    }

    private static double efficiency(int nodes, int steps) {
        return ClusterForecast.of(WORK, new ClusterNodes(nodes, 2, nodes, 200e9, GIGABIT), steps, COST)
                .efficiency();
    }

    /** What was seen: 11.3 s on average where a core packs 390 MB/s, of 456 MB of state. */
    @Test
    void sparkCostsLessWhereACorePacksFaster() {
        ClusterWork paper = new ClusterWork(128, 1, 4e9, 1e8, 228_000_000, 456_000_000, 20_500_000, 9_000_000);
        ClusterNodes here = new ClusterNodes(1, 2, 2, 100e9, 1);
        double seconds =
                ClusterForecast.of(paper, here, 5, ExchangeCost.of(390e6)).exchangeSeconds();
        assertThat(seconds)
                .isCloseTo((65e6 + 5 * 456e6) * 1.9 / 390e6, ROUNDING)
                .isCloseTo(11.3, within(0.5));
        assertThat(ClusterForecast.of(paper, here, 5, ExchangeCost.of(780e6)).exchangeSeconds())
                .isCloseTo(seconds / 2, ROUNDING);
        for (double packing : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> ExchangeCost.of(packing))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("rate of packing not above 0, got " + packing);
        }
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThatThrownBy(() -> ClusterForecast.of(WORK, new ClusterNodes(129, 1, 129, 1e9, 1), 1, COST))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("more workers than images of a batch, got 129 workers, batch 128");
        assertThatThrownBy(() -> ClusterForecast.of(WORK, EIGHT, 0, COST)).hasMessageContaining("no local step");
        assertThatThrownBy(() -> new ClusterNodes(0, 1, 1, 1, 1)).hasMessageContaining("got 0 nodes of 1 cores");
        assertThatThrownBy(() -> new ClusterNodes(3, 1, 2, 1, 1)).hasMessageContaining("2 workers on 3 nodes");
        assertThatThrownBy(() -> new ClusterNodes(2, 2, 5, 1, 1)).hasMessageContaining("a core for each");
        assertThatThrownBy(() -> new ClusterNodes(1, 1, 1, Double.NaN, 1)).hasMessageContaining("rate not above 0");
        assertThatThrownBy(() -> new ClusterNodes(1, 1, 1, 1, 0)).hasMessageContaining("rate not above 0");
        assertThatThrownBy(() -> new ExchangeCost(-1, 1)).hasMessageContaining("out of range");
    }
}
