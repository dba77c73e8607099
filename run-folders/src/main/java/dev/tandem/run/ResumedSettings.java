package dev.tandem.run;

import dev.tandem.nn.train.RunEvent;
import dev.tandem.runtime.config.Setting;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** What the settings of a run may change to when it is resumed. */
final class ResumedSettings {
    /** What decides over the weights that a run ends with, besides the data and the options of recipes. */
    private static final List<String> FIXED = List.of(
            "tandem.recipe",
            "tandem.ablations",
            "tandem.images.orientation",
            "tandem.images.resize",
            "tandem.images.max-pixels",
            "tandem.images.scaled",
            "tandem.init.weights",
            "tandem.init.bias",
            "tandem.train.batch",
            "tandem.train.seed",
            "tandem.train.from",
            "tandem.train.freeze",
            "tandem.train.head-rate",
            "tandem.train.augmentation",
            "tandem.train.label-smoothing",
            "tandem.train.clip-norm",
            "tandem.train.accumulate",
            "tandem.train.average-decay",
            "tandem.train.sampling",
            "tandem.cluster.workers",
            "tandem.cluster.local-steps");

    /** What the data decide if it is not set. */
    private static final List<String> BY_DATA = List.of("tandem.images.orientation", "tandem.images.split");

    private static final String UNCHANGED =
            "Leave it as it was, or begin a new run with its weights: ./tandem train --from RUN";
    private static final String EPOCHS = "tandem.train.epochs";
    private static final String RATE = "tandem.train.learning-rate";
    private static final List<String> OVERRIDABLE = List.of(EPOCHS, RATE);
    /** Others may be changed, and are recorded, but these: they change nothing in the weights nor in the log. */
    private static final List<String> WITHOUT_EFFECT = List.of(
            "tandem.train.workers",
            "tandem.train.feature-memory",
            "tandem.train.checkpoint-every",
            "tandem.train.tensorboard",
            "tandem.auto-order",
            "tandem.images.cache");

    /** Others that decide over the weights: they may change as a run goes on, but not between runs to be compared. */
    private static final List<String> OF_TRIALS = List.of("tandem.train.class-weights", "tandem.train.early-stopping");

    private ResumedSettings() {}

    /**
     * The settings of the run that are others now; refuses those that must not be, or not without being asked to. What
     * the data decide may be left to them again: the fingerprint of the data tells whether they decide as they did.
     */
    static List<RunEvent> changes(TandemConfig before, TandemConfig now, boolean override) {
        for (String key : FIXED) {
            requireSame("resume", before.setting(key), now.setting(key), UNCHANGED);
        }
        List<RunEvent> changes = new ArrayList<>();
        for (Setting setting : now.settings()) {
            Setting earlier = before.setting(setting.key());
            if (setting.key().startsWith("tandem.recipes.")) {
                requireSame("resume", earlier, setting, UNCHANGED);
            }
            if (isSame(earlier, setting) || WITHOUT_EFFECT.contains(setting.key())) {
                continue;
            }
            if (OVERRIDABLE.contains(setting.key()) && !override) {
                requireSame("resume", earlier, setting, "Add --override to change it on purpose");
            }
            changes.add(
                    new RunEvent(0, setting.key(), String.valueOf(earlier.value()), String.valueOf(setting.value())));
        }
        return changes;
    }

    /** Refuses every other setting that decides over the weights, epochs and learning rate included. */
    static void requireSame(String operation, TandemConfig before, TandemConfig now, String advice) {
        for (Setting setting : now.settings()) {
            String key = setting.key();
            if (FIXED.contains(key)
                    || OVERRIDABLE.contains(key)
                    || OF_TRIALS.contains(key)
                    || key.startsWith("tandem.recipes.")) {
                requireSame(operation, before.setting(key), setting, advice);
            }
        }
    }

    private static boolean isSame(Setting before, Setting now) {
        return Objects.equals(before.value(), now.value()) || now.value() == null && BY_DATA.contains(now.key());
    }

    private static void requireSame(String operation, Setting before, Setting now, String advice) {
        if (!isSame(before, now)) {
            throw TandemException.of(
                    ErrorCode.INVALID_CONFIGURATION,
                    operation,
                    now.key() + " differs from the run's",
                    now.value() + " (" + now.origin() + ")",
                    before.value() + " (" + before.origin() + ")",
                    advice);
        }
    }

    /** Whether the number of epochs is another. */
    static boolean isLengthened(TandemConfig before, TandemConfig now) {
        return !Objects.equals(
                before.setting(EPOCHS).value(), now.setting(EPOCHS).value());
    }

    static boolean isRateAsked(List<RunEvent> changes) {
        return changes.stream().anyMatch(change -> change.setting().equals(RATE));
    }
}
