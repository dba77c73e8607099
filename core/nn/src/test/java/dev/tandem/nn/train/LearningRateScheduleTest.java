package dev.tandem.nn.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.nn.train.LearningRateSchedule.AtEpochs;
import dev.tandem.nn.train.LearningRateSchedule.OnPlateau;
import dev.tandem.nn.train.LearningRateSchedule.Stepped;
import dev.tandem.spi.TandemException;
import java.util.List;
import org.junit.jupiter.api.Test;

class LearningRateScheduleTest {
    private static double[] rates(LearningRateSchedule schedule, int epochs) {
        return java.util.stream.IntStream.range(0, epochs)
                .mapToDouble(epoch -> schedule.learningRate(epoch, List.of()))
                .toArray();
    }

    @Test
    void changesAtTheEpochsGiven() {
        LearningRateSchedule schedule = AtEpochs.dividedByTen(0.01, 10, 0.7, 0.9);
        assertThat(rates(schedule, 10)).containsExactly(.01, .01, .01, .01, .01, .01, .01, .001, .001, .0001);
    }

    @Test
    void stretchesWithTheRun() {
        LearningRateSchedule schedule =
                AtEpochs.dividedByTen(0.01, 60, 0.7, 0.9).stretched(10 / 60.0);
        assertThat(rates(schedule, 10)).containsExactly(.01, .01, .01, .01, .01, .01, .01, .001, .001, .0001);
    }

    @Test
    void dropsWhenTheErrorStopsImprovingAndNoMoreThanThreeTimes() {
        LearningRateSchedule schedule = new OnPlateau(0.01, 10, 2, 3);
        List<Double> errors = List.of(.9, .8, .8, .85, .7, .7, .7, .7, .7, .7, .7, .7, .7);
        double[] expected = {.01, .01, .01, .01, .001, .001, .001, .0001, .0001, .00001, .00001, .00001, .00001, .00001
        };
        for (int epoch = 0; epoch < expected.length; epoch++) {
            List<Double> known = errors.subList(0, Math.min(epoch, errors.size()));
            assertThat(schedule.learningRate(epoch, known))
                    .as("epoch %d", epoch)
                    .isEqualTo(expected[epoch], within(1e-12));
        }
    }

    @Test
    void stepsByAFactor() {
        assertThat(rates(new Stepped(1, 0.5, 2), 5)).containsExactly(1, 1, .5, .5, .25);
        assertThat(rates(new Stepped(1, 0.5, 2).scaled(2), 3)).containsExactly(2, 2, 1);
    }

    @Test
    void refusesNonsense() {
        assertThatThrownBy(() -> AtEpochs.constant(0))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("above 0");
        assertThatThrownBy(() -> AtEpochs.constant(Double.NaN)).isInstanceOf(TandemException.class);
        assertThatThrownBy(() -> new OnPlateau(1, 1, 1, 1)).hasMessageContaining("divisor 1.0");
        assertThatThrownBy(() -> new AtEpochs(1, List.of(new AtEpochs.Change(5, .1), new AtEpochs.Change(3, .1))))
                .hasMessageContaining("ascending");
    }
}
