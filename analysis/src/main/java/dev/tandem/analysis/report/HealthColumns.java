package dev.tandem.analysis.report;

import dev.tandem.run.watch.RunHistory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The health of a run's layers, a column each, with a number for each epoch; null where none was kept.
 *
 * @param activations by layer with an activation
 * @param updateRatios by parameter, the length of an epoch's last update relative to the parameter's
 */
public record HealthColumns(Map<String, Units> activations, Map<String, List<@Nullable Double>> updateRatios) {
    /**
     * A layer's units.
     *
     * @param dead the share that was 0 for every image
     * @param saturated the share of outputs that hardly let a gradient through
     */
    public record Units(List<@Nullable Double> dead, List<@Nullable Double> saturated) {}

    /** The columns of {@code history}. */
    static HealthColumns of(RunHistory history) {
        Map<String, Units> activations = new LinkedHashMap<>();
        history.layers()
                .forEach(layer -> activations.put(
                        layer,
                        new Units(
                                HistoryColumns.column(history, row -> history.dead(layer, row)),
                                HistoryColumns.column(history, row -> history.saturated(layer, row)))));
        Map<String, List<@Nullable Double>> ratios = new LinkedHashMap<>();
        history.parameters()
                .forEach(parameter -> ratios.put(
                        parameter, HistoryColumns.column(history, row -> history.updateRatio(parameter, row))));
        return new HealthColumns(activations, ratios);
    }
}
