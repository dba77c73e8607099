package dev.tandem.nn.train;

import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.schedule.Moment;
import dev.tandem.spi.TandemException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The highest learning rates of a run that was lengthened. Its schedule was stretched with it and would otherwise raise
 * a learning rate that had dropped.
 *
 * @param learningRate the highest learning rate, above 0
 * @param layers the highest rates of layers that had left the schedule, by the layer's name; 0 or more
 */
public record LearningRateLimit(double learningRate, Map<String, Double> layers) {
    public LearningRateLimit {
        if (!(learningRate > 0)
                || layers == null
                || layers.values().stream().anyMatch(own -> own == null || !(own >= 0))) {
            throw TandemException.argument(
                    "learning rate limit",
                    "something is missing or out of range",
                    "learning rate " + learningRate + ", layers " + layers,
                    "a rate above 0, layers' rates of 0 or more",
                    "");
        }
        layers = Map.copyOf(layers);
    }

    /** The rate of a schedule within this limit. */
    double of(double scheduled) {
        return Math.min(scheduled, learningRate);
    }

    /** The rates of layers within this limit. */
    Map<String, Double> of(Map<String, Double> scheduled) {
        Map<String, Double> limited = new HashMap<>(scheduled);
        layers.forEach((layer, own) -> limited.merge(layer, own, Math::min));
        return limited;
    }

    /**
     * The limit of a run at {@code state} that continues with {@code after} instead of {@code before}: the rates
     * that it used last, if they had dropped and would rise again; otherwise the limit it had, or null.
     */
    static LearningRateLimit between(TrainingState state, Recipe before, Recipe after) {
        LearningRateLimit had = state.learningRateLimit();
        boolean begun = state.batchInEpoch() > 0 || state.trained() != null;
        int used = Math.min(begun ? state.epoch() : state.epoch() - 1, before.epochs() - 1);
        if (used < 0) {
            return had;
        }
        List<Double> errors = state.validationErrors();
        double last = limited(had, rate(before, used, errors));
        double highest = 0;
        for (int epoch = 0; epoch < used; epoch++) {
            highest = Math.max(highest, limited(had, rate(before, epoch, errors)));
        }
        Map<String, Double> layers =
                had == null ? before.layerLearningRates(used) : had.of(before.layerLearningRates(used));
        Map<String, Double> next = after.layerLearningRates(state.epoch());
        boolean wouldRise = last < highest && rate(after, state.epoch(), errors) > last;
        boolean layerWouldRise = layers.entrySet().stream()
                .anyMatch(layer -> next.getOrDefault(layer.getKey(), Double.POSITIVE_INFINITY) > layer.getValue());
        if (!wouldRise && !layerWouldRise) {
            return had;
        }
        return new LearningRateLimit(wouldRise ? last : had == null ? Double.MAX_VALUE : had.learningRate(), layers);
    }

    /** The rate at the start of an epoch. */
    private static double rate(Recipe recipe, int epoch, List<Double> errors) {
        return recipe.schedule().learningRate(Moment.startOf(epoch, recipe.epochs(), errors));
    }

    private static double limited(LearningRateLimit limit, double rate) {
        return limit == null ? rate : limit.of(rate);
    }
}
