package dev.tandem.analysis.nearest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.runtime.Tandem;
import dev.tandem.spi.Device;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The search finds what comparing with every row in float64 finds. */
class NearestSearchTest {
    private static final int COLUMNS = 96;
    private static final int QUERIES = 3;

    @TempDir
    Path folder;

    private final List<float[]> rows = new ArrayList<>();

    private List<List<Neighbour>> search(List<NearestSearch.Query> queries, GalleryImage[] byRow, int count)
            throws IOException {
        Path file = folder.resolve("rows");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (float[] row : rows) {
                ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * row.length).order(ByteOrder.LITTLE_ENDIAN);
                bytes.asFloatBuffer().put(row);
                channel.write(bytes);
            }
        }
        try (Tandem tandem = Tandem.configure("tandem.backend = cpu")) {
            Device device = tandem.devices().get(0);
            return new NearestSearch(file, rows.get(0).length, byRow, device)
                    .nearest(queries, count, ScanProgress.silent());
        }
    }

    private static GalleryImage image(String name, int row, float[] features) {
        double squares = 0;
        for (float feature : features) {
            squares += (double) feature * feature;
        }
        return new GalleryImage(name, 1, 1, row, squares, "");
    }

    private static double distance(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
        }
        return Math.sqrt(sum);
    }

    /**
     * 100,000 rows in more than one block. Far from the origin, distances are the small differences of large numbers,
     * of which float32 leaves nothing.
     */
    @ParameterizedTest
    @CsvSource({"0, 7", "1000, 8"})
    void findsWhatFloat64Finds(float offset, long seed) throws IOException {
        Random random = new Random(seed);
        GalleryImage[] byRow = new GalleryImage[100_000];
        for (int i = 0; i < byRow.length; i++) {
            float[] row = new float[COLUMNS];
            for (int column = 0; column < COLUMNS; column++) {
                row[column] = offset + Math.max(0, (float) random.nextGaussian());
            }
            // Copies, for equal distances.
            rows.add(i % 1000 == 999 ? rows.get(i - 1).clone() : row);
            byRow[i] = i % 50 == 3 ? null : image("image" + random.nextInt(1_000_000) + "-" + i, i, rows.get(i));
        }
        List<NearestSearch.Query> queries = new ArrayList<>();
        for (int i = 0; i < QUERIES; i++) {
            int of = 998 + 31_000 * i;
            queries.add(new NearestSearch.Query(rows.get(of).clone(), i == 0 ? byRow[of].name() : null));
        }
        List<List<Neighbour>> found = search(queries, byRow, 20);
        for (int i = 0; i < QUERIES; i++) {
            NearestSearch.Query query = queries.get(i);
            List<Neighbour> expected = new ArrayList<>();
            for (int row = 0; row < byRow.length; row++) {
                if (byRow[row] != null && !byRow[row].name().equals(query.itself())) {
                    expected.add(new Neighbour(byRow[row].name(), distance(query.features(), rows.get(row))));
                }
            }
            expected.sort(Comparator.comparingDouble(Neighbour::distance).thenComparing(Neighbour::file));
            assertThat(found.get(i)).as("query %d, seed %d", i, seed).isEqualTo(expected.subList(0, 20));
        }
        assertThat(found.get(0).get(0).distance())
                .as("the copy of the image itself")
                .isZero();
    }

    @Test
    void aSmallGalleryIsFoundWhole() throws IOException {
        rows.add(new float[] {3, 0});
        rows.add(new float[] {0, 4});
        rows.add(new float[] {Float.MAX_VALUE / 1e20f, 0});
        GalleryImage[] byRow = new GalleryImage[3];
        for (int i = 0; i < 3; i++) {
            byRow[i] = image("image" + i, i, rows.get(i));
        }
        List<List<Neighbour>> found = search(List.of(new NearestSearch.Query(new float[] {0, 0}, null)), byRow, 5);
        assertThat(found.get(0)).extracting(Neighbour::file).containsExactly("image0", "image1", "image2");
        assertThat(found.get(0)).extracting(Neighbour::distance).startsWith(3.0, 4.0);
    }
}
