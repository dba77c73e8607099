package dev.tandem.nn.train;

/** Requests to a run under way, from any thread. The training thread serves them between two steps. */
final class RunRequests {
    private volatile boolean stop;
    private Double learningRate;

    void requestStop() {
        stop = true;
    }

    boolean isStopRequested() {
        return stop;
    }

    synchronized void requestLearningRate(double rate) {
        learningRate = rate;
    }

    /** The learning rate requested last, once; null if there is none. */
    synchronized Double takeLearningRate() {
        Double taken = learningRate;
        learningRate = null;
        return taken;
    }
}
