package dev.tandem.analysis.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.nn.train.Predictions;
import java.util.List;
import org.junit.jupiter.api.Test;

class CalibrationTest {
    /**
     * By hand: 0.9 and 0.92 are in bin 13 (13/15 to 14/15), mean 0.91, one of two right; 0.6 is the upper end of bin 8
     * and in it, right; 1 is in the last, wrong. So the error is 2/4 |0.5 - 0.91| + 1/4 |1 - 0.6| + 1/4 |0 - 1|.
     */
    @Test
    void theErrorIsTheOneComputedByHand() {
        Predictions predictions = new Predictions(
                List.of(0, 0, 1, 0),
                List.of(new double[] {0.9, 0.1}, new double[] {0.08, 0.92}, new double[] {0.4, 0.6}, new double[] {0, 1
                }));
        Calibration calibration = Calibration.of(predictions);
        assertThat(calibration.bins()).hasSize(15);
        assertThat(calibration.bins().get(13).images()).isEqualTo(2);
        assertThat(calibration.bins().get(13).confidence()).isCloseTo(0.91, within(1e-12));
        assertThat(calibration.bins().get(13).accuracy()).isEqualTo(0.5);
        assertThat(calibration.bins().get(8).images()).isEqualTo(1);
        assertThat(calibration.bins().get(8).to()).isEqualTo(0.6);
        assertThat(calibration.bins().get(14).accuracy()).isZero();
        assertThat(calibration.bins().get(0).confidence()).isNull();
        assertThat(calibration.expectedCalibrationError()).isCloseTo(0.205 + 0.1 + 0.25, within(1e-12));
    }

    @Test
    void aModelThatIsRightAsOftenAsItSaysHasNoError() {
        double[] half = {0.75, 0.25};
        Calibration calibration = Calibration.of(new Predictions(List.of(0, 0, 0, 1), List.of(half, half, half, half)));
        assertThat(calibration.expectedCalibrationError()).isZero();
    }

    @Test
    void whatIsNoProbabilityIsFound() {
        assertThat(Calibration.isPossible(new Predictions(List.of(0), List.of(new double[] {0, 1}))))
                .isTrue();
        assertThat(Calibration.isPossible(new Predictions(List.of(0), List.of(new double[] {Double.NaN, 1}))))
                .isFalse();
        assertThat(Calibration.isPossible(new Predictions(List.of(0), List.of(new double[] {-3, 12}))))
                .isFalse();
    }
}
