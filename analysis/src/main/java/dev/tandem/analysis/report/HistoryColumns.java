package dev.tandem.analysis.report;

import dev.tandem.nn.train.EpochRecord;
import dev.tandem.run.watch.RunHistory;
import dev.tandem.run.watch.RunHistory.Figure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The epochs of a run, a column each quantity, as {@link EpochRecord} describes them; null where there is no finite
 * number.
 */
public record HistoryColumns(
        List<Integer> epoch,
        List<Long> step,
        List<@Nullable Double> rate,
        List<@Nullable Double> trainingLoss,
        List<@Nullable Double> top1Error,
        List<@Nullable Double> top5Error,
        List<@Nullable Double> logLoss,
        List<@Nullable Double> imagesPerSecond,
        List<@Nullable Double> dataWaitShare,
        List<@Nullable Double> seconds,
        Map<String, List<@Nullable Double>> metrics) {
    /** The columns of {@code history}. */
    static HistoryColumns of(RunHistory history) {
        Map<String, List<@Nullable Double>> metrics = new LinkedHashMap<>();
        history.metrics().forEach(name -> metrics.put(name, column(history, row -> history.metric(name, row))));
        return new HistoryColumns(
                column(history, Figure.EPOCH).stream().map(Double::intValue).toList(),
                column(history, Figure.STEP).stream().map(Double::longValue).toList(),
                column(history, Figure.RATE),
                column(history, Figure.TRAINING_LOSS),
                column(history, Figure.TOP1_ERROR),
                column(history, Figure.TOP5_ERROR),
                column(history, Figure.LOG_LOSS),
                column(history, Figure.IMAGES_PER_SECOND),
                column(history, Figure.DATA_WAIT_SHARE),
                column(history, Figure.SECONDS),
                metrics);
    }

    private static List<@Nullable Double> column(RunHistory history, Figure figure) {
        return column(history, row -> history.get(figure, row));
    }

    /** A number of each epoch, by its row. */
    static List<@Nullable Double> column(RunHistory history, IntToDoubleFunction number) {
        List<@Nullable Double> column = new ArrayList<>(history.size());
        for (int row = 0; row < history.size(); row++) {
            column.add(finite(number.applyAsDouble(row)));
        }
        return column;
    }

    /** {@code number} if it is finite; otherwise null, as JSON has no other numbers. */
    static @Nullable Double finite(@Nullable Double number) {
        return number == null || !Double.isFinite(number) ? null : number;
    }
}
