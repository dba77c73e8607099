package dev.tandem.nn.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.spi.TandemException;
import java.util.List;
import org.junit.jupiter.api.Test;

class LearningRateScheduleTest {
    private static double[] rates(LearningRateSchedule schedule, int epochs) {
        return java.util.stream.IntStream.range(0, epochs)
                .mapToDouble(epoch -> schedule.learningRate(Moment.startOf(epoch, epochs, List.of())))
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
            assertThat(schedule.learningRate(Moment.startOf(epoch, expected.length, known)))
                    .as("epoch %d", epoch)
                    .isEqualTo(expected[epoch], within(1e-12));
        }
    }

    @Test
    void stepsByAFactor() {
        assertThat(rates(new Stepped(1, 0.5, 2), 5)).containsExactly(1, 1, .5, .5, .25);
        assertThat(rates(new Stepped(1, 0.5, 2).scaled(2), 3)).containsExactly(2, 2, 1);
    }

    /** The rates of all updates of a run. */
    private static double[] byStep(LearningRateSchedule schedule, int epochs, int steps) {
        return java.util.stream.IntStream.range(0, epochs * steps)
                .mapToDouble(
                        step -> schedule.learningRate(new Moment(step / steps, epochs, step % steps, steps, List.of())))
                .toArray();
    }

    @Test
    void fallsAlongACosineAsPyTorchs() {
        double[] expected = {
            0.1,
            0.0965745789630079,
            0.08681980515339463,
            0.07222075445642905,
            0.055,
            0.03777924554357096,
            0.023180194846605363,
            0.013425421036992097
        };
        assertThat(byStep(new Cosine(0.1, 0.01), 2, 4)).containsExactly(expected, within(1e-12));
        assertThat(byStep(new Cosine(0.1, 0.01).stretched(8), 8, 1)).containsExactly(expected, within(1e-12));
        assertThat(new Cosine(0.1).scaled(2)).isEqualTo(new Cosine(0.2, 0));
    }

    @Test
    void cyclesOnceAsPyTorchs() {
        double[] expected = {
            0.016000000000000014,
            0.20800000000000002,
            0.4,
            0.38019385280538953,
            0.3246982615799052,
            0.24450480877451572,
            0.1554967912254843,
            0.0753033384200948,
            0.019807747194610516,
            1.6e-06
        };
        assertThat(byStep(new OneCycle(0.4), 2, 5)).containsExactly(expected, within(1e-12));
        assertThat(new OneCycle(0.4).nominalRate()).isEqualTo(0.4);
        // Runs that are too short to rise.
        assertThat(byStep(new OneCycle(0.4), 1, 1)).containsExactly(0.4);
        assertThat(byStep(new OneCycle(0.4, 0.5, 25, 1e4), 1, 2))
                .containsExactly(new double[] {0.4, 1.6e-6}, within(1e-12));
    }

    @Test
    void warmsUpBeforeAnotherSchedule() {
        LearningRateSchedule schedule = new Stepped(0.8, 0.5, 2).withWarmUp(1.5);
        assertThat(byStep(schedule, 3, 2))
                .containsExactly(new double[] {.8 / 3, 1.6 / 3, .8, .8, .4, .4}, within(1e-12));
        assertThat(schedule.nominalRate()).isEqualTo(0.8);
        assertThat(schedule.scaled(2).nominalRate()).isEqualTo(1.6);
        assertThat(schedule.stretched(2)).isEqualTo(new Stepped(0.8, 0.5, 4).withWarmUp(3));
    }

    @Test
    void aLambdaIsAScheduleThatScalesAndStretches() {
        LearningRateSchedule schedule = at -> 1.0 / (1 + at.epochsDone());
        assertThat(byStep(schedule, 1, 2)).containsExactly(1, 1 / 1.5);
        assertThat(byStep(schedule.scaled(2), 1, 2)).containsExactly(2, 2 / 1.5);
        assertThat(rates(schedule.stretched(3), 7)).containsExactly(1, 1, 1, .5, .5, .5, 1 / 3.0);
        assertThat(byStep(schedule.stretched(2).scaled(3), 2, 2)).containsExactly(3, 3, 2, 2);
        assertThat(schedule.scaled(4).nominalRate()).isEqualTo(4);
    }

    @Test
    void refusesNonsense() {
        assertThatThrownBy(() -> new Cosine(0.1, 0.2)).hasMessageContaining("got 0.2, expected 0 to 0.1");
        assertThatThrownBy(() -> new OneCycle(0.1, 2, 25, 1e4)).hasMessageContaining("rising 2.0");
        assertThatThrownBy(() -> AtEpochs.constant(1).withWarmUp(0)).hasMessageContaining("got 0.0 epochs");
        assertThatThrownBy(() -> AtEpochs.constant(0))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("above 0");
        assertThatThrownBy(() -> AtEpochs.constant(Double.NaN)).isInstanceOf(TandemException.class);
        assertThatThrownBy(() -> new OnPlateau(1, 1, 1, 1)).hasMessageContaining("divisor 1.0");
        assertThatThrownBy(() -> new AtEpochs(1, List.of(new AtEpochs.Change(5, .1), new AtEpochs.Change(3, .1))))
                .hasMessageContaining("ascending");
    }
}
