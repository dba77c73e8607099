package dev.tandem.run.watch;

import dev.tandem.nn.train.DeviceUse;
import dev.tandem.nn.train.EpochRecord;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The epochs of a run, a column for each figure; it does not change. The names of columns are those of {@link
 * EpochRecord}, and of metrics, layers and parameters.
 */
public final class RunHistory {
    /** No epoch. */
    static final RunHistory EMPTY = new Columns().history();

    private final int size;
    private final Map<Figure, double[]> figures;
    private final SortedMap<String, double[]> metrics;
    private final SortedMap<String, double[]> dead;
    private final SortedMap<String, double[]> saturated;
    private final SortedMap<String, double[]> updateRatios;
    private final List<DeviceUse> devices;

    /** A figure of every epoch. */
    public enum Figure {
        /** The epoch's number, from 1. */
        EPOCH("epoch"),
        /** Steps since the start of the run. */
        STEP("step"),
        /** The learning rate. */
        RATE("rate"),
        /** Mean loss over the epoch's steps. */
        TRAINING_LOSS("trainingLoss"),
        /** Validation top-1 error, 0 to 1. */
        TOP1_ERROR("top1Error"),
        /** Validation top-5 error, 0 to 1. */
        TOP5_ERROR("top5Error"),
        /** Validation log-loss. */
        LOG_LOSS("logLoss"),
        /** Training images per second. */
        IMAGES_PER_SECOND("imagesPerSecond"),
        /** Share of the training time spent waiting for data, 0 to 1. */
        DATA_WAIT_SHARE("dataWaitShare"),
        /** Wall time of the epoch, seconds. */
        SECONDS("seconds");

        private final String json;

        Figure(String json) {
            this.json = json;
        }

        /** Its name in logs. */
        public String json() {
            return json;
        }

        /** Whether its values are whole numbers. */
        public boolean isWhole() {
            return this == EPOCH || this == STEP;
        }

        double of(EpochRecord epoch) {
            return switch (this) {
                case EPOCH -> epoch.epoch();
                case STEP -> epoch.step();
                case RATE -> epoch.learningRate();
                case TRAINING_LOSS -> epoch.trainingLoss();
                case TOP1_ERROR -> orNaN(epoch.top1Error());
                case TOP5_ERROR -> orNaN(epoch.top5Error());
                case LOG_LOSS -> orNaN(epoch.logLoss());
                case IMAGES_PER_SECOND -> epoch.imagesPerSecond();
                case DATA_WAIT_SHARE -> epoch.dataWaitShare();
                case SECONDS -> epoch.seconds();
            };
        }

        private static double orNaN(Double value) {
            return value == null ? Double.NaN : value;
        }
    }

    /** The arrays may be longer than {@code size}: what is appended to them later is not this history's. */
    RunHistory(
            int size,
            Map<Figure, double[]> figures,
            Map<String, double[]> metrics,
            Map<String, double[]> dead,
            Map<String, double[]> saturated,
            Map<String, double[]> updateRatios,
            List<DeviceUse> devices) {
        this.size = size;
        this.figures = Map.copyOf(figures);
        this.metrics = Collections.unmodifiableSortedMap(new TreeMap<>(metrics));
        this.dead = Collections.unmodifiableSortedMap(new TreeMap<>(dead));
        this.saturated = Collections.unmodifiableSortedMap(new TreeMap<>(saturated));
        this.updateRatios = Collections.unmodifiableSortedMap(new TreeMap<>(updateRatios));
        this.devices = List.copyOf(devices);
    }

    /** How many epochs there are. */
    public int size() {
        return size;
    }

    /** A figure of the epoch in {@code row}, from 0; NaN if it was not measured. */
    public double get(Figure figure, int row) {
        return at(figures.get(figure), row);
    }

    /** The names of metrics, in order. */
    public Iterable<String> metrics() {
        return metrics.keySet();
    }

    /** A metric of the epoch in {@code row}; NaN if it was not measured. */
    public double metric(String name, int row) {
        return at(metrics.get(name), row);
    }

    /** The names of layers with an activation, in order. */
    public Iterable<String> layers() {
        return dead.keySet();
    }

    /** The share of dead units of a layer in the epoch in {@code row}; NaN if it was not kept. */
    public double dead(String layer, int row) {
        return at(dead.get(layer), row);
    }

    /** The share of saturated outputs of a layer in the epoch in {@code row}; NaN if it was not kept. */
    public double saturated(String layer, int row) {
        return at(saturated.get(layer), row);
    }

    /** The names of trained parameters, in order. */
    public Iterable<String> parameters() {
        return updateRatios.keySet();
    }

    /** The relative length of a parameter's last update in the epoch in {@code row}; NaN if it was not kept. */
    public double updateRatio(String parameter, int row) {
        return at(updateRatios.get(parameter), row);
    }

    /** What each device did in the newest epoch; empty if it was not kept. */
    public List<DeviceUse> devices() {
        return devices;
    }

    /** How many epochs, from the first on, are done before or as epoch {@code number}. */
    public int through(int number) {
        int rows = 0;
        while (rows < size && get(Figure.EPOCH, rows) <= number) {
            rows++;
        }
        return rows;
    }

    /** How many epochs, from the first on, are the same here and in {@code other}. */
    int sameAs(RunHistory other) {
        int rows = 0;
        while (rows < Math.min(size, other.size) && isSame(other, rows)) {
            rows++;
        }
        return rows;
    }

    private boolean isSame(RunHistory other, int row) {
        for (Figure figure : Figure.values()) {
            if (Double.compare(get(figure, row), other.get(figure, row)) != 0) {
                return false;
            }
        }
        return true;
    }

    private double at(double[] column, int row) {
        if (row < 0 || row >= size) {
            throw new IndexOutOfBoundsException(row);
        }
        return row < column.length ? column[row] : Double.NaN;
    }
}
