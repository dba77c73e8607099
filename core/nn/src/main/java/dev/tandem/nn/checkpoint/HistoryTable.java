package dev.tandem.nn.checkpoint;

import dev.tandem.nn.train.EpochRecord;
import dev.tandem.spi.TandemException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

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
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw unreadable(e.getMessage());
        }
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
