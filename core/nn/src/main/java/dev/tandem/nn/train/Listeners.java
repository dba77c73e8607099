package dev.tandem.nn.train;

import java.util.List;

/**
 * Several listeners as one, in order.
 *
 * @param all the listeners
 */
record Listeners(List<TrainingListener> all) implements TrainingListener {
    @Override
    public void onStart(TrainingState state, TrainingControl control) {
        all.forEach(listener -> listener.onStart(state, control));
    }

    @Override
    public void onStep(Progress progress) {
        all.forEach(listener -> listener.onStep(progress));
    }

    @Override
    public void onEvent(RunEvent event) {
        all.forEach(listener -> listener.onEvent(event));
    }

    @Override
    public void onTrained(TrainingState state, PlacedModel model) {
        all.forEach(listener -> listener.onTrained(state, model));
    }

    @Override
    public void onEpoch(EpochRecord epoch, TrainingState state, PlacedModel model) {
        all.forEach(listener -> listener.onEpoch(epoch, state, model));
    }

    @Override
    public void onInterrupt(TrainingState state, PlacedModel model) {
        all.forEach(listener -> listener.onInterrupt(state, model));
    }
}
