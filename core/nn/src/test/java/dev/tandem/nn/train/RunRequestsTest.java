package dev.tandem.nn.train;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RunRequestsTest {
    private final RunRequests requests = new RunRequests();

    @Test
    void theNewestLearningRateIsTakenOnce() {
        assertThat(requests.takeLearningRate()).isNull();
        requests.requestLearningRate(0.1);
        requests.requestLearningRate(0.01);
        assertThat(requests.takeLearningRate()).isEqualTo(0.01);
        assertThat(requests.takeLearningRate()).isNull();
    }

    @Test
    void aStopStays() {
        assertThat(requests.isStopRequested()).isFalse();
        requests.requestStop();
        assertThat(requests.isStopRequested()).isTrue();
    }
}
