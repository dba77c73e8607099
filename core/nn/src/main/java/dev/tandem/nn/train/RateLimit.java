package dev.tandem.nn.train;

import dev.tandem.spi.TandemException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The highest rates that a schedule may still give: those of a run that was lengthened, whose schedule moved with it. A
 * rate that had dropped stays down.
 *
 * @param rate the highest rate, above 0
 * @param layers the highest rates of layers that had left the schedule, by the layer's name; 0 or more
 */
public record RateLimit(double rate, Map<String, Double> layers) {
    public RateLimit {
        if (!(rate > 0) || layers == null || layers.values().stream().anyMatch(own -> own == null || !(own >= 0))) {
            throw TandemException.argument(
                    "rate limit",
                    "something is missing or out of range",
                    "rate " + rate + ", layers " + layers,
                    "a rate above 0, layers' rates of 0 or more",
                    "Pass the rates that the run had");
        }
        layers = Map.copyOf(layers);
    }

    /** The rate of a schedule within this limit. */
    double of(double scheduled) {
        return Math.min(scheduled, rate);
    }

    /** The rates of layers within this limit. */
    Map<String, Double> of(Map<String, Double> scheduled) {
        Map<String, Double> limited = new HashMap<>(scheduled);
        layers.forEach((layer, own) -> limited.merge(layer, own, Math::min));
        return limited;
    }

    /**
     * The limit of a run that stands at {@code state} and goes on by {@code after} instead of {@code before}: the rates
     * that it used last, if they had dropped and would rise again; otherwise the limit it had, or null.
     */
    static RateLimit between(TrainingState state, Recipe before, Recipe after) {
        RateLimit had = state.rateLimit();
        boolean begun = state.batchInEpoch() > 0 || state.trained() != null;
        int used = Math.min(begun ? state.epoch() : state.epoch() - 1, before.epochs() - 1);
        if (used < 0) {
            return had;
        }
        List<Double> errors = state.validationErrors();
        double last = limited(had, before.schedule().rate(used, errors));
        double highest = 0;
        for (int epoch = 0; epoch < used; epoch++) {
            highest = Math.max(highest, limited(had, before.schedule().rate(epoch, errors)));
        }
        Map<String, Double> layers = had == null ? before.layerRates(used) : had.of(before.layerRates(used));
        Map<String, Double> next = after.layerRates(state.epoch());
        boolean wouldRise = last < highest && after.schedule().rate(state.epoch(), errors) > last;
        boolean layerWouldRise = layers.entrySet().stream()
                .anyMatch(layer -> next.getOrDefault(layer.getKey(), Double.POSITIVE_INFINITY) > layer.getValue());
        if (!wouldRise && !layerWouldRise) {
            return had;
        }
        return new RateLimit(wouldRise ? last : had == null ? Double.MAX_VALUE : had.rate(), layers);
    }

    private static double limited(RateLimit limit, double rate) {
        return limit == null ? rate : limit.of(rate);
    }
}
