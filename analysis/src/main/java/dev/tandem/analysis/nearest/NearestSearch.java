package dev.tandem.analysis.nearest;

import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.spi.Device;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * An exact search for the nearest rows by Euclidean distance. Blocks of the file are read one after the other; a matrix
 * product on a device gives all distances to a block, as {@code |q|^2 - 2 q.g + |g|^2}. Its error is bounded, whatever
 * precision the device multiplies in, and each row that may be among the nearest by that bound is computed again as
 * {@code sum (q - g)^2} in float64. Equal distances are in the order of their names.
 */
public final class NearestSearch {
    /** The most images that are looked for at once. */
    public static final int MOST_QUERIES = 1000;

    /** The most features of all of them together. */
    public static final int MOST_QUERY_FEATURES = 1 << 26;

    private static final int BLOCK_BYTES = 32 << 20;

    /** How far a factor may be rounded before it is multiplied: bfloat16 has 8 bits, TF32 has 11. */
    private static final double INPUT_ROUNDING = 1.0 / 256;

    /** How far each addition in float32 may be off. */
    private static final double SUM_ROUNDING = 1.0 / (1 << 24);

    private static final Comparator<Neighbour> NEAREST_FIRST =
            Comparator.comparingDouble(Neighbour::distance).thenComparing(Neighbour::file);

    private final Path rows;
    private final int columns;
    private final GalleryImage[] byRow;
    private final Device device;

    /** A search in a gallery, on a device. */
    public NearestSearch(Gallery gallery, Device device) {
        this(gallery.rowsFile(), gallery.columns(), gallery.byRow(), device);
    }

    NearestSearch(Path rows, int columns, GalleryImage[] byRow, Device device) {
        this.rows = rows;
        this.columns = columns;
        this.byRow = byRow;
        this.device = device;
    }

    /**
     * What is looked for.
     *
     * @param features of an image
     * @param itself the name of the image in the gallery, which is left out; null if it is not there
     */
    public record Query(float[] features, @Nullable String itself) {}

    /** The best so far of a query, its worst on top; distances are squared. */
    private static final class Best {
        final float[] features;
        final @Nullable String itself;
        final double squares;
        final int count;
        final PriorityQueue<Neighbour> found = new PriorityQueue<>(NEAREST_FIRST.reversed());

        Best(Query query, int count) {
            this.features = query.features();
            this.itself = query.itself();
            this.count = count;
            double sum = 0;
            for (float feature : features) {
                sum += (double) feature * feature;
            }
            this.squares = sum;
        }

        double worst() {
            return found.size() < count
                    ? Double.POSITIVE_INFINITY
                    : found.element().distance();
        }

        void offer(GalleryImage image, float[] block, int at) {
            double sum = 0;
            for (int i = 0; i < features.length; i++) {
                double difference = (double) features[i] - block[at + i];
                sum += difference * difference;
            }
            if (!image.name().equals(itself)) {
                found.add(new Neighbour(image.name(), sum));
                if (found.size() > count) {
                    found.remove();
                }
            }
        }

        List<Neighbour> neighbours() {
            return found.stream()
                    .sorted(NEAREST_FIRST)
                    .map(near -> new Neighbour(near.file(), Math.sqrt(near.distance())))
                    .toList();
        }
    }

    /**
     * The nearest images of each query, the nearest first.
     *
     * @param count how many; fewer are found in a smaller gallery
     * @param progress is told of {@code rows}; if it throws, the search ends with that
     */
    public List<List<Neighbour>> nearest(List<Query> queries, int count, ScanProgress progress) {
        if (queries.isEmpty()) {
            return List.of();
        }
        List<Best> best = queries.stream().map(query -> new Best(query, count)).toList();
        int atOnce = Math.max(1, Math.min(BLOCK_BYTES / (columns * Float.BYTES), byRow.length));
        float[] block = new float[atOnce * columns];
        float[] wanted = new float[queries.size() * columns];
        for (int i = 0; i < queries.size(); i++) {
            System.arraycopy(queries.get(i).features(), 0, wanted, i * columns, columns);
        }
        ByteBuffer buffer = StoredFeatures.buffer(block.length);
        try (FileChannel channel = FileChannel.open(rows);
                TensorScope all = TensorScope.open()) {
            Tensor q = device.tensor(Shape.of(queries.size(), columns), wanted);
            Tensor g = device.allocate(Shape.of(atOnce, columns));
            for (int first = 0; first < byRow.length; first += atOnce) {
                progress.checked("images", first, byRow.length);
                int rowCount = Math.min(atOnce, byRow.length - first);
                StoredFeatures.read(channel, first, rowCount, columns, buffer, block);
                g.write(block);
                try (Tensor products = device.matrices().product(q, false, g, true)) {
                    offer(best, products.read(), first, rowCount, atOnce, block);
                }
            }
        } catch (IOException e) {
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT,
                    "nearest",
                    rows + " cannot be read: " + e,
                    "Delete the index, to begin anew",
                    e);
        }
        progress.checked("images", byRow.length, byRow.length);
        List<List<Neighbour>> answers = new ArrayList<>();
        best.forEach(one -> answers.add(one.neighbours()));
        return answers;
    }

    private void offer(List<Best> best, float[] products, int first, int rowCount, int stride, float[] block) {
        double rounding = 2 * (INPUT_ROUNDING + columns * SUM_ROUNDING);
        for (int query = 0; query < best.size(); query++) {
            Best one = best.get(query);
            for (int i = 0; i < rowCount; i++) {
                GalleryImage image = byRow[first + i];
                if (image == null) {
                    continue;
                }
                double squares = one.squares + image.squares();
                double error = rounding * Math.sqrt(one.squares * image.squares());
                double lowest = squares - 2.0 * products[query * stride + i] - error;
                // Not "lowest <= worst": a product that overflowed says nothing.
                if (!(lowest > one.worst())) {
                    one.offer(image, block, i * columns);
                }
            }
        }
    }
}
