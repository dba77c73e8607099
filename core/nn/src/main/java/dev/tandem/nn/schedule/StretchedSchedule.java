package dev.tandem.nn.schedule;

/** A schedule made for a run of other length, whose epochs are multiplied by a factor. */
record StretchedSchedule(LearningRateSchedule schedule, double factor) implements LearningRateSchedule {
    @Override
    public double learningRate(Moment at) {
        return schedule.learningRate(at.stretched(1 / factor));
    }

    @Override
    public double nominalRate() {
        return schedule.nominalRate();
    }

    @Override
    public LearningRateSchedule scaled(double by) {
        return new StretchedSchedule(schedule.scaled(by), factor);
    }
}
