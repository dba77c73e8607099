package dev.tandem.imagenet.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.TestImages;
import dev.tandem.imagenet.options.LoadOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.BatchMemory;
import dev.tandem.nn.data.BatchPart;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.nn.data.Views;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BatchStreamTest {
    private static final Augmentation PAPER = Augmentation.paper();
    private static final int PER_CLASS = 9;

    @TempDir
    Path directory;

    @TempDir
    Path caches;

    private int opened;

    @BeforeEach
    void makeSet() {
        // One flat colour an image: red tells the class, green the image.
        for (String set : new String[] {"train", "val"}) {
            for (int label = 0; label < 3; label++) {
                for (int i = 0; i < PER_CLASS; i++) {
                    int colour = (50 + label) << 16 | (label * PER_CLASS + i) << 8;
                    byte[] png = TestImages.encode(TestImages.image(14, 12, (x, y) -> colour | x * y), "png");
                    TestImages.write(directory.resolve(set + "/class" + label + "/" + i + ".png"), png);
                }
            }
        }
    }

    /** Opens the set and scans it anew, so that the statistics too come from this number of workers. */
    private ImageFolder open(int workers, long cacheBytes) {
        LoadOptions options = LoadOptions.defaults().withWorkers(workers).withCacheBytes(cacheBytes);
        return ImageFolder.open(
                directory,
                new Preprocessing(12, 8, Pixels.MEAN_IMAGE),
                options.withCacheDirectory(caches.resolve("" + opened++)),
                ScanProgress.silent());
    }

    private static final class Row {
        private final int label;
        private final float[] image;

        Row(int label, float[] image) {
            this.label = label;
            this.image = image;
        }

        int label() {
            return label;
        }

        float[] image() {
            return image;
        }
    }

    private static List<Row> drain(BatchStream stream) {
        List<Row> rows = new ArrayList<>();
        try (stream) {
            for (HostBatch batch = stream.next(); batch != null; batch = stream.next()) {
                int elements = batch.images().array().length / batch.shape().dim(0);
                for (int row = 0; row < batch.rows(); row++) {
                    float[] image = Arrays.copyOfRange(batch.images().array(), row * elements, (row + 1) * elements);
                    rows.add(new Row(batch.labels()[row], image));
                }
                for (int i = batch.rows() * elements; i < batch.images().array().length; i++) {
                    assertThat(batch.images().array()[i]).isZero();
                }
                stream.recycle(batch);
            }
        }
        return rows;
    }

    private static void assertSame(List<Row> actual, List<Row> expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i).label()).isEqualTo(expected.get(i).label());
            assertThat(actual.get(i).image())
                    .as("row %s", i)
                    .isEqualTo(expected.get(i).image());
        }
    }

    /** Which image each row shows, from its green value; without augmentation. */
    private static List<Integer> images(ImageFolder data, List<Row> rows) {
        float[] mean = data.statistics().meanImage();
        return rows.stream()
                .map(row -> Math.round(row.image()[64] + mean[144 + 2 * 12 + 2]))
                .toList();
    }

    @Test
    void partsHaveTheirRowsOfEachBatch() {
        ImageFolder data = open(2, 0);
        List<Row> whole = drain(data.training(PAPER, 7, 2, 1, 7));
        assertThat(whole).hasSize(14);
        for (int parts : new int[] {1, 2, 3, 7}) {
            for (int index = 0; index < parts; index++) {
                BatchPart part = BatchPart.of(7, index, parts);
                List<Row> expected = new ArrayList<>();
                for (int batch = 0; batch < 2; batch++) {
                    int first = 7 * batch + part.first();
                    expected.addAll(whole.subList(first, first + part.rows()));
                }
                assertSame(drain(data.training(PAPER, 7, 2, 1, part, BatchMemory.ARRAYS)), expected);
            }
        }
        int[] labels = data.trainingLabels(7, 2);
        assertThat(labels).hasSize(27);
        assertThat(Arrays.copyOfRange(labels, 7, 21))
                .containsExactly(whole.stream().mapToInt(Row::label).toArray());
    }

    @Test
    void theSameForAnyNumberOfWorkersCachedOrNot() {
        List<Row> one = drain(open(1, 0).training(PAPER, 7, 2, 0, 4));
        assertThat(one).hasSize(24);
        assertSame(drain(open(2, 0).training(PAPER, 7, 2, 0, 4)), one);
        assertSame(drain(open(5, 0).training(PAPER, 7, 2, 0, 4)), one);
        ImageFolder cached = open(5, 1 << 20);
        assertSame(drain(cached.training(PAPER, 7, 2, 0, 4)), one);
        assertSame(drain(cached.training(PAPER, 7, 2, 0, 4)), one);
        // Room for some of the images only.
        assertSame(drain(open(2, 10 * 3 * 144).training(PAPER, 7, 2, 0, 4)), one);
    }

    @Test
    void theDivisorDividesWhatVariationGave() {
        ImageFolder data = open(2, 1 << 20);
        List<Row> whole = drain(data.training(PAPER, 7, 5, 0, 4));
        Augmentation divided = Augmentation.paper().withDivisor(1.25);
        List<Row> rows = drain(data.training(divided, 7, 5, 0, 4));
        for (int row = 0; row < whole.size(); row++) {
            float[] expected = whole.get(row).image().clone();
            for (int i = 0; i < expected.length; i++) {
                expected[i] /= 1.25f;
            }
            assertThat(rows.get(row).image()).as("row %s", row).isEqualTo(expected);
        }
    }

    @Test
    void resumingGivesTheTailOfTheEpoch() {
        ImageFolder data = open(2, 1 << 20);
        List<Row> whole = drain(data.training(PAPER, 7, 5, 0, 4));
        for (int first = 0; first <= 6; first++) {
            assertSame(drain(data.training(PAPER, 7, 5, first, 4)), whole.subList(4 * first, 24));
        }
    }

    @Test
    void everyEpochHasItsOwnOrderAndEveryImageAtMostOnce() {
        ImageFolder data = open(2, 1 << 20);
        Set<List<Integer>> orders = new HashSet<>();
        for (int epoch = 0; epoch < 5; epoch++) {
            List<Row> rows = drain(data.training(Augmentation.none(), 1, epoch, 0, 4));
            List<Integer> images = images(data, rows);
            assertThat(images).doesNotHaveDuplicates().hasSize(24);
            for (int i = 0; i < 24; i++) {
                assertThat(rows.get(i).label()).isEqualTo(images.get(i) / PER_CLASS);
            }
            orders.add(images);
        }
        orders.add(images(data, drain(data.training(Augmentation.none(), 2, 0, 0, 4))));
        assertThat(orders).hasSize(6);
    }

    @Test
    void validationHasAllImagesInOrderAndZerosAfterThem() {
        ImageFolder data = open(3, 1 << 20);
        List<Row> centre = drain(data.validation(Views.CENTRE, 10));
        assertThat(centre).hasSize(27);
        List<Integer> images = images(data, centre);
        for (int i = 0; i < 27; i++) {
            assertThat(images.get(i)).isEqualTo(i);
            assertThat(centre.get(i).label()).isEqualTo(i / PER_CLASS);
        }
        List<Row> ten = drain(data.validation(Views.TEN, 20));
        assertThat(ten).hasSize(270);
        for (int i = 0; i < 27; i++) {
            assertThat(ten.get(10 * i + 4).image())
                    .as("centre view of %s", i)
                    .isEqualTo(centre.get(i).image());
            assertThat(ten.get(10 * i + 9).label()).isEqualTo(i / PER_CLASS);
        }
        List<Row> nine = drain(data.validation(Views.NINE, 18));
        assertThat(nine).hasSize(9 * 27);
        for (int i = 0; i < 27; i++) {
            assertThat(nine.get(9 * i + 4).image())
                    .as("centre view of %s", i)
                    .isEqualTo(centre.get(i).image());
        }
    }

    @Test
    void reusesItsBatches() {
        ImageFolder data = open(2, 1 << 20);
        Set<HostBatch> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int epoch = 0; epoch < 10; epoch++) {
            try (BatchStream stream = data.training(PAPER, 1, epoch, 0, 2)) {
                for (HostBatch batch = stream.next(); batch != null; batch = stream.next()) {
                    seen.add(batch);
                    stream.recycle(batch);
                }
            }
        }
        // Three ahead and the one in use.
        assertThat(seen.size()).isLessThanOrEqualTo(4);
    }

    @Test
    void closingEarlyStopsTheThreads() {
        ImageFolder data = open(2, 0);
        BatchStream stream = data.training(PAPER, 1, 0, 0, 2);
        HostBatch held = stream.next();
        assertThat(stream.waitedNanos()).isPositive();
        stream.close();
        assertThat(loaderThreads()).isEmpty();
        assertThatThrownBy(stream::next).hasMessageContaining("closed stream");
        stream.recycle(held);
        stream.close();
    }

    @Test
    void aConsumerThatHoldsEveryBatchIsServed() {
        BatchStream stream = open(2, 0).training(PAPER, 1, 0, 0, 1);
        Set<HostBatch> held = Collections.newSetFromMap(new IdentityHashMap<>());
        for (HostBatch batch = stream.next(); batch != null; batch = stream.next()) {
            held.add(batch);
        }
        stream.close();
        assertThat(held).hasSize(27);
    }

    @Test
    void aFileThatBecomesUnusableIsNamed() throws Exception {
        ImageFolder data = open(2, 0);
        Path file = directory.resolve("train/class1/3.png");
        Files.write(file, "<html>".getBytes(StandardCharsets.US_ASCII));
        assertThatThrownBy(() -> drain(data.training(PAPER, 1, 0, 0, 27)))
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_DATA))
                .hasMessageContaining(file + " is no longer usable: an HTML page");
        Files.delete(file);
        assertThatThrownBy(() -> drain(data.training(PAPER, 1, 0, 0, 27)))
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INPUT_OUTPUT))
                .hasMessageContaining(file.toString());
        assertThat(loaderThreads()).isEmpty();
    }

    private static List<String> loaderThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("tandem-data"))
                .toList();
    }
}
