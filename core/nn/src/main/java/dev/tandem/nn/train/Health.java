package dev.tandem.nn.train;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.ParameterName;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.optimizer.Optimizer;
import dev.tandem.nn.optimizer.Sgd;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.SgdStep;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * The activations and updates of a network at the end of an epoch.
 *
 * @param activations by layer with an activation, over the epoch's last batch
 * @param updateRatios by trained parameter, the length of the last update relative to the parameter's; empty if the optimizer
 *     is not {@link Sgd} whose velocity is the update
 */
public record Health(Map<String, ActivationHealth> activations, Map<String, Double> updateRatios) {
    private static final double MANY_DEAD = 0.9;
    private static final double MOSTLY_SATURATED = 0.9;
    private static final double LARGE_UPDATE = 0.1;
    private static final int STUCK_EPOCHS = 5;
    private static final double STUCK_WITHIN = 0.01;

    public Health {
        activations = sorted(activations);
        updateRatios = sorted(updateRatios);
    }

    private static <T> Map<String, T> sorted(Map<String, T> values) {
        if (values == null || values.values().stream().anyMatch(Objects::isNull)) {
            throw TandemException.argument("health", "a value is missing", values, "one for each name", "");
        }
        return Collections.unmodifiableMap(new TreeMap<>(values));
    }

    /** Measures {@code model} after the step on {@code batch} with {@code settings}. */
    static Health of(PlacedModel model, HostBatch batch, StepSettings settings, Optimizer optimizer) {
        Map<String, Double> ratios = new HashMap<>();
        if (optimizer instanceof Sgd sgd && !sgd.nesterov()) {
            for (ParameterSpec spec : model.parameters()) {
                if (!spec.isTrained()) {
                    continue;
                }
                double factor = sgd.rule() == SgdStep.Rule.LEARNING_RATE_IN_VELOCITY ? 1 : settings.learningRate(spec);
                double length = model.norm(spec.name());
                ratios.put(spec.name(), length == 0 ? 0 : factor * model.stateNorm(Sgd.VELOCITY, spec.name()) / length);
            }
        }
        return new Health(model.activations(batch), ratios);
    }

    /** What may be wrong with a run. */
    public enum Trouble {
        /**
         * The loss stays at ln(classes), that of a guess: the initial weights are too small for a gradient to come
         * through, there were too few steps to leave the start, or the learning rate is too high or too low.
         */
        AT_CHANCE,
        /**
         * Units that are 0 for every image learn no more: the learning rate was too high, or their biases began too
         * low.
         */
        DEAD_UNITS,
        /** Saturated outputs let hardly any gradient through: the weights before them are too large. */
        SATURATED,
        /** A parameter changes by much of its length in one step: the learning rate is too high. */
        LARGE_UPDATE
    }

    /**
     * Something that is wrong.
     *
     * @param trouble what kind of thing
     * @param subject what it is about: a layer, a parameter, or {@code loss}
     * @param text what was measured, in words, without a full stop
     */
    public record Finding(Trouble trouble, String subject, String text) {}

    /** What is wrong by the end of {@code history}; empty when nothing is. */
    public static List<Finding> findings(List<EpochRecord> history, int classes) {
        List<Finding> found = new ArrayList<>();
        if (history.isEmpty()) {
            return found;
        }
        double chance = Math.log(classes);
        List<EpochRecord> recent = history.subList(Math.max(0, history.size() - STUCK_EPOCHS), history.size());
        if (recent.size() == STUCK_EPOCHS
                && recent.stream().allMatch(epoch -> Math.abs(epoch.trainingLoss() - chance) < STUCK_WITHIN * chance)) {
            found.add(finding(
                    Trouble.AT_CHANCE,
                    "loss",
                    "the loss has stayed at ln(%d) = %.3f, chance, for %d epochs",
                    classes,
                    chance,
                    STUCK_EPOCHS));
        }
        Health health = history.get(history.size() - 1).health();
        if (health == null) {
            return found;
        }
        health.activations.forEach((layer, activation) -> {
            if (activation.deadShare() > MANY_DEAD) {
                String text = "%.0f %% of the units of %s are dead: 0 for every image";
                found.add(finding(Trouble.DEAD_UNITS, layer, text, 100 * activation.deadShare(), layer));
            }
            if (activation.saturatedShare() > MOSTLY_SATURATED) {
                String text = "%.0f %% of the outputs of %s are saturated: hardly any gradient passes";
                found.add(finding(Trouble.SATURATED, layer, text, 100 * activation.saturatedShare(), layer));
            }
        });
        health.updateRatios.forEach((parameter, ratio) -> {
            // Biases that start at 0 change by much of their length at first, which is normal.
            if (ratio > LARGE_UPDATE && !ParameterName.parse(parameter).isBias()) {
                String text = "the last update of %s was %.0f %% of its length";
                found.add(finding(Trouble.LARGE_UPDATE, parameter, text, parameter, 100 * ratio));
            }
        });
        return found;
    }

    private static Finding finding(Trouble trouble, String subject, String text, Object... values) {
        return new Finding(trouble, subject, String.format(Locale.ROOT, text, values));
    }
}
