package dev.tandem.nn.checkpoint;

import dev.tandem.nn.train.EpochRecord;
import dev.tandem.spi.TandemException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The older epochs of a long run as text of a fixed length each, without the use of devices and the health of layers.
 * The header of a checkpoint has room for {@value #MOST_EPOCHS} of them, more than a run may have.
 */
final class HistoryTable {
    static final int MOST_EPOCHS = 100_000;

    private static final int EPOCH_BYTES = Integer.BYTES + Long.BYTES + 8 * Double.BYTES;

    private HistoryTable() {}

    /** The epochs as big-endian numbers in base 64; a missing error is NaN. */
    static String write(List<EpochRecord> epochs) {
        ByteBuffer bytes = ByteBuffer.allocate(epochs.size() * EPOCH_BYTES);
        for (EpochRecord epoch : epochs) {
            bytes.putInt(epoch.epoch()).putLong(epoch.step());
            bytes.putDouble(epoch.learningRate()).putDouble(epoch.trainingLoss());
            bytes.putDouble(orNaN(epoch.top1Error())).putDouble(orNaN(epoch.top5Error()));
            bytes.putDouble(orNaN(epoch.logLoss())).putDouble(epoch.imagesPerSecond());
            bytes.putDouble(epoch.dataWaitShare()).putDouble(epoch.seconds());
        }
        return Base64.getEncoder().encodeToString(bytes.array());
    }

    /**
     * The epochs of a text.
     *
     * @throws TandemException if it was not made by {@link #write}, or a number is out of range
     */
    static List<EpochRecord> read(String text) {
        byte[] bytes = decoded(text);
        if (bytes.length % EPOCH_BYTES != 0) {
            throw unreadable(bytes.length + " bytes");
        }
        ByteBuffer numbers = ByteBuffer.wrap(bytes);
        List<EpochRecord> epochs = new ArrayList<>(bytes.length / EPOCH_BYTES);
        while (numbers.hasRemaining()) {
            epochs.add(new EpochRecord(
                    numbers.getInt(),
                    numbers.getLong(),
                    numbers.getDouble(),
                    numbers.getDouble(),
                    orNull(numbers.getDouble()),
                    orNull(numbers.getDouble()),
                    orNull(numbers.getDouble()),
                    numbers.getDouble(),
                    numbers.getDouble(),
                    List.of(),
                    null,
                    numbers.getDouble()));
        }
        return epochs;
    }

    /** Each metric of the epochs, as big-endian numbers in base 64; one that an epoch does not have is NaN. */
    static Map<String, String> writeMetrics(List<EpochRecord> epochs) {
        Map<String, String> columns = new LinkedHashMap<>();
        epochs.stream()
                .flatMap(epoch -> epoch.metrics().keySet().stream())
                .distinct()
                .forEach(name -> {
                    ByteBuffer bytes = ByteBuffer.allocate(epochs.size() * Double.BYTES);
                    epochs.forEach(
                            epoch -> bytes.putDouble(orNaN(epoch.metrics().get(name))));
                    columns.put(name, Base64.getEncoder().encodeToString(bytes.array()));
                });
        return columns;
    }

    /**
     * The epochs with the metrics of {@code columns}.
     *
     * @throws TandemException if a column was not made by {@link #writeMetrics} for as many epochs
     */
    static List<EpochRecord> withMetrics(List<EpochRecord> epochs, Map<String, String> columns) {
        Map<String, ByteBuffer> numbers = new LinkedHashMap<>();
        columns.forEach((name, column) -> {
            byte[] bytes = decoded(column);
            if (bytes.length != epochs.size() * Double.BYTES) {
                throw unreadable(bytes.length + " bytes of metric " + name);
            }
            numbers.put(name, ByteBuffer.wrap(bytes));
        });
        return epochs.stream()
                .map(epoch -> {
                    Map<String, Double> metrics = new LinkedHashMap<>();
                    numbers.forEach((name, column) -> {
                        double value = column.getDouble();
                        if (!Double.isNaN(value)) {
                            metrics.put(name, value);
                        }
                    });
                    return epoch.withMetrics(metrics);
                })
                .toList();
    }

    private static byte[] decoded(String text) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw unreadable(e.getMessage());
        }
    }

    private static TandemException unreadable(String got) {
        return TandemException.argument(
                "history", "not a table of epochs", got, EPOCH_BYTES + " bytes an epoch in base 64", "");
    }

    private static double orNaN(Double error) {
        return error == null ? Double.NaN : error;
    }

    private static Double orNull(double error) {
        return Double.isNaN(error) ? null : error;
    }
}
