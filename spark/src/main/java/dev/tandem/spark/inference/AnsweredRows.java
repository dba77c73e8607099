package dev.tandem.spark.inference;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.util.LongAccumulator;
import org.jspecify.annotations.Nullable;

/**
 * Rows, in their order, with an answer each, or the reason why there is none. While the caller uses a row, the images of
 * those behind it are decoded and computed; how many is bounded.
 */
final class AnsweredRows implements Iterator<Row> {
    private static final int MOST_IMAGES = 4 * AnswerTask.BATCH;

    private static final long MOST_BYTES = 1 << 26;
    private static final Set<ErrorCode> OF_THE_IMAGE = EnumSet.of(ErrorCode.INVALID_DATA, ErrorCode.INPUT_OUTPUT);

    private final Iterator<Row> rows;
    private final ImageColumn column;
    private final Function<Object, CompletableFuture<?>> answers;
    private final LongAccumulator done;
    private final LongAccumulator unreadable;
    private final Deque<Waiting> ahead = new ArrayDeque<>();
    private long aheadBytes;

    private record Waiting(Row row, long bytes, CompletableFuture<?> answer) {}

    AnsweredRows(
            Iterator<Row> rows,
            ImageColumn column,
            Function<Object, CompletableFuture<?>> answers,
            LongAccumulator done,
            LongAccumulator unreadable) {
        this.rows = rows;
        this.column = column;
        this.answers = answers;
        this.done = done;
        this.unreadable = unreadable;
    }

    @Override
    public boolean hasNext() {
        return !ahead.isEmpty() || rows.hasNext();
    }

    @Override
    public Row next() {
        while (rows.hasNext() && (ahead.isEmpty() || ahead.size() < MOST_IMAGES && aheadBytes < MOST_BYTES)) {
            ask(rows.next());
        }
        if (ahead.isEmpty()) {
            throw new NoSuchElementException("behind the last row");
        }
        Waiting first = ahead.remove();
        aheadBytes -= first.bytes;
        Row answered = await(first);
        done.add(1);
        return answered;
    }

    private void ask(Row row) {
        long bytes = 0;
        CompletableFuture<?> answer;
        try {
            Object image = image(row);
            bytes = image instanceof byte[] encoded ? encoded.length : 0;
            answer = answers.apply(image);
        } catch (TandemException e) {
            answer = CompletableFuture.failedFuture(e);
        }
        ahead.add(new Waiting(row, bytes, answer));
        aheadBytes += bytes;
    }

    /** What is wrong with a location is wrong with its row only. */
    private Object image(Row row) {
        Object image;
        try {
            image = column.image(row);
        } catch (TandemException e) {
            throw TandemException.failure(ErrorCode.INVALID_DATA, e.operation(), reason(e), "", e);
        }
        if (image == null) {
            throw noImage();
        }
        return image;
    }

    private static TandemException noImage() {
        return TandemException.of(
                ErrorCode.INVALID_DATA, "image", "there is none", "null", "the bytes of a file, or its location", "");
    }

    private Row await(Waiting waiting) {
        try {
            return with(waiting.row, waiting.answer.get(), null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the task was ended", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof TandemException known && OF_THE_IMAGE.contains(known.code())) {
                unreadable.add(1);
                return with(waiting.row, null, reason(known));
            }
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw (Error) e.getCause();
        }
    }

    /** The message without the operation: that names the image, which the row does, too. */
    private static String reason(TandemException e) {
        return e.getMessage().substring(e.operation().length() + 2);
    }

    private static Row with(Row row, @Nullable Object answer, @Nullable String error) {
        Object[] values = new Object[row.length() + 2];
        for (int i = 0; i < row.length(); i++) {
            values[i] = row.get(i);
        }
        values[row.length()] = answer;
        values[row.length() + 1] = error;
        return RowFactory.create(values);
    }

    /** Ends the work on images whose rows are not wanted any more. */
    void cancel() {
        ahead.forEach(waiting -> waiting.answer.cancel(false));
        ahead.clear();
    }
}
