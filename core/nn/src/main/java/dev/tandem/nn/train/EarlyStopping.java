package dev.tandem.nn.train;

import dev.tandem.spi.TandemException;
import java.util.List;

/**
 * Finishes a run once no epoch has been better than the best for some epochs: {@link EpochRecord#isBetterThan}. It
 * depends on the history alone, so that a resumed run is finished at the same epoch.
 */
public final class EarlyStopping implements TrainingListener {
    private final int patience;
    private TrainingControl control;

    /** Waits for {@code patience} epochs, 1 or more, after the best. */
    public EarlyStopping(int patience) {
        if (patience < 1) {
            throw TandemException.argument("early stopping", "patience below 1", patience, "1 epoch or more", "");
        }
        this.patience = patience;
    }

    @Override
    public void onStart(TrainingState state, TrainingControl run) {
        control = run;
        finishIfStuck(state.history());
    }

    @Override
    public void onEpoch(EpochRecord epoch, TrainingState state, PlacedModel model) {
        finishIfStuck(state.history());
    }

    private void finishIfStuck(List<EpochRecord> history) {
        int best = 0;
        for (int i = 1; i < history.size(); i++) {
            best = history.get(i).isBetterThan(history.get(best)) ? i : best;
        }
        if (history.size() - 1 - best >= patience) {
            control.finish("no better epoch than epoch " + (best + 1) + " in the last " + (history.size() - 1 - best));
        }
    }
}
