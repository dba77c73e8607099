package dev.tandem.run.watch;

import dev.tandem.nn.train.DeviceUse;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.run.watch.RunHistory.Figure;
import dev.tandem.spi.TandemException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Gathers epochs into columns. A history that it has given shares their arrays, and none of its rows is written again.
 */
final class Columns {
    private static final int MOST_EPOCHS = 100_000;
    /** Of 100 parameters and layers, 20,000 epochs. Names are counted twice, as each of a line's may be new. */
    private static final int MOST_VALUES = 4_000_000;

    private static final int LONGEST_NAME = 300;
    private static final int FIRST_ROWS = 16;

    private final Map<Figure, double[]> figures = new EnumMap<>(Figure.class);
    private final Map<String, double[]> metrics = new HashMap<>();
    private final Map<String, double[]> dead = new HashMap<>();
    private final Map<String, double[]> saturated = new HashMap<>();
    private final Map<String, double[]> updateRatios = new HashMap<>();
    private List<DeviceUse> devices = List.of();
    private int size;
    private double seconds;
    private @Nullable EpochRecord best;

    Columns() {
        for (Figure figure : Figure.values()) {
            figures.put(figure, new double[0]);
        }
    }

    /**
     * Appends an epoch.
     *
     * @throws TandemException if they are too many to be kept
     */
    void add(EpochRecord epoch) {
        int names = metrics.size() + 2 * dead.size() + updateRatios.size();
        int more = epoch.metrics().size()
                + (epoch.health() == null
                        ? 0
                        : 2 * epoch.health().activations().size()
                                + epoch.health().updateRatios().size());
        if (size >= MOST_EPOCHS || (size + 1L) * (Figure.values().length + names + more) > MOST_VALUES) {
            throw TandemException.argument(
                    "log.jsonl",
                    "too many figures to be shown",
                    (size + 1) + " epochs of " + more + " names",
                    "at most " + MOST_EPOCHS + " epochs and " + MOST_VALUES + " figures",
                    "");
        }
        figures.replaceAll((figure, column) -> with(column, figure.of(epoch)));
        epoch.metrics().forEach((name, value) -> put(metrics, name, value));
        if (epoch.health() != null) {
            epoch.health().activations().forEach((layer, activation) -> {
                put(dead, layer, activation.deadShare());
                put(saturated, layer, activation.saturatedShare());
            });
            epoch.health().updateRatios().forEach((name, value) -> put(updateRatios, name, value));
        }
        devices = epoch.devices();
        if (best == null || epoch.isBetterThan(best)) {
            best = epoch.isValidated() ? epoch.withoutDetails() : best;
        }
        seconds += epoch.seconds();
        size++;
    }

    private void put(Map<String, double[]> columns, String name, @Nullable Double value) {
        if (name.length() > LONGEST_NAME) {
            throw TandemException.argument(
                    "log.jsonl",
                    "a name in it is too long",
                    name.length() + " characters",
                    "at most " + LONGEST_NAME,
                    "Copy the run again");
        }
        double[] column = columns.getOrDefault(name, new double[0]);
        columns.put(name, with(column, value == null ? Double.NaN : value));
    }

    private double[] with(double[] column, double value) {
        double[] room = column;
        if (size >= column.length) {
            room = Arrays.copyOf(column, Math.max(FIRST_ROWS, size + size / 2 + 1));
            Arrays.fill(room, column.length, room.length, Double.NaN);
        }
        room[size] = value;
        return room;
    }

    /** The best epoch so far by its validation; null if there was none. */
    @Nullable
    EpochRecord best() {
        return best;
    }

    /** Wall time of all epochs. */
    double seconds() {
        return Double.isFinite(seconds) ? seconds : 0;
    }

    /** The epochs so far. */
    RunHistory history() {
        return new RunHistory(size, figures, metrics, dead, saturated, updateRatios, devices);
    }
}
