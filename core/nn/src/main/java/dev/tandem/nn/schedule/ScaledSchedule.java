package dev.tandem.nn.schedule;

/** A schedule whose rates are multiplied by a factor. */
record ScaledSchedule(LearningRateSchedule schedule, double factor) implements LearningRateSchedule {
    @Override
    public double learningRate(Moment at) {
        return factor * schedule.learningRate(at);
    }

    @Override
    public double nominalRate() {
        return factor * schedule.nominalRate();
    }

    @Override
    public LearningRateSchedule stretched(double by) {
        return new ScaledSchedule(schedule.stretched(by), factor);
    }
}
