package dev.tandem.nn.train;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.SgdStep;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * How a run stands at the end of an epoch.
 *
 * @param activations by layer with an activation, over the epoch's last batch
 * @param updateRatios by parameter, the length of the last update relative to the parameter's
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
            throw TandemException.argument(
                    "health", "a value is missing", values, "one for each name", "Pass what was measured");
        }
        return Collections.unmodifiableMap(new TreeMap<>(values));
    }

    /** How {@code model} stands after the step on {@code batch} with {@code settings}. */
    static Health of(PlacedModel model, HostBatch batch, StepSettings settings) {
        Map<String, Double> ratios = new HashMap<>();
        for (ParameterSpec spec : model.parameters()) {
            SgdStep step = settings.update(spec);
            double factor = step.rule() == SgdStep.Rule.RATE_IN_VELOCITY ? 1 : step.rate();
            double length = model.norm(spec.name());
            ratios.put(spec.name(), length == 0 ? 0 : factor * model.velocityNorm(spec.name()) / length);
        }
        return new Health(model.activations(batch), ratios);
    }

    /** What is wrong by the end of {@code history}, in one line each with what to do about it; empty when nothing is. */
    public static List<String> advice(List<EpochRecord> history, int classes) {
        List<String> advice = new ArrayList<>();
        if (history.isEmpty()) {
            return advice;
        }
        double chance = Math.log(classes);
        List<EpochRecord> recent = history.subList(Math.max(0, history.size() - STUCK_EPOCHS), history.size());
        if (recent.size() == STUCK_EPOCHS
                && recent.stream().allMatch(epoch -> Math.abs(epoch.trainingLoss() - chance) < STUCK_WITHIN * chance)) {
            advice.add(String.format(
                    "the loss has stayed at ln(%d) = %.3f, chance, for %d epochs. Start conv3 to conv5 wider (standard"
                            + " deviation 0.03, recipe original), give conv2, conv4, conv5, fc6 and fc7 biases of 1, and check"
                            + " that inputs are 0 to 255 less the mean image",
                    classes, chance, STUCK_EPOCHS));
        }
        Health health = history.get(history.size() - 1).health();
        if (health != null) {
            health.activations.forEach((layer, activation) -> {
                if (activation.deadShare() > MANY_DEAD) {
                    advice.add(String.format(
                            "%.0f %% of the units of %s are dead: 0 for every image. Lower tandem.train.rate, or start its biases at 1",
                            100 * activation.deadShare(), layer));
                }
                if (activation.saturatedShare() > MOSTLY_SATURATED) {
                    advice.add(String.format(
                            "%.0f %% of the outputs of %s are saturated: hardly any gradient passes. Start its weights smaller, or use ReLU",
                            100 * activation.saturatedShare(), layer));
                }
            });
            health.updateRatios.forEach((parameter, ratio) -> {
                // Biases that start at 0 change by much of their length at first, and may.
                if (ratio > LARGE_UPDATE && !parameter.endsWith(".bias")) {
                    advice.add(String.format(
                            "the last update of %s was %.0f %% of its length. Lower tandem.train.rate",
                            parameter, 100 * ratio));
                }
            });
        }
        return advice;
    }
}
