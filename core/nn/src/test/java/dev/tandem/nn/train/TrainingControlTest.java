package dev.tandem.nn.train;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TrainingControlTest {
    private final TrainingControl requests = new TrainingControl();

    @Test
    void theNewestLearningRateIsTakenOnce() {
        assertThat(requests.takeLearningRate()).isNull();
        requests.changeLearningRate(0.1);
        requests.changeLearningRate(0.01);
        assertThat(requests.takeLearningRate()).isEqualTo(0.01);
        assertThat(requests.takeLearningRate()).isNull();
    }

    @Test
    void aStopStays() {
        assertThat(requests.isStopRequested()).isFalse();
        requests.stop();
        assertThat(requests.isStopRequested()).isTrue();
    }
}
