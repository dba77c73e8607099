package dev.tandem.imagenet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.imagenet.decode.BadImage;
import dev.tandem.imagenet.layout.BadFile;
import dev.tandem.imagenet.options.FolderOptions;
import dev.tandem.imagenet.options.LoadOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.data.PixelStatistics;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.nn.data.Preprocessing.Resize;
import dev.tandem.nn.data.Views;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFolderTest {
    private static final Preprocessing PREPROCESSING = new Preprocessing(12, 8, Pixels.MEAN_IMAGE);
    private static final byte[] HTML = "<html>404</html>".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    Path directory;

    @TempDir
    Path cache;

    private ImageFolder open() {
        return open(FolderOptions.defaults());
    }

    private ImageFolder open(FolderOptions options) {
        LoadOptions load = LoadOptions.defaults().withCacheDirectory(cache);
        return ImageFolder.open(directory, PREPROCESSING, options, load, ScanProgress.silent());
    }

    private void makeSet() {
        TestImages.writeNoise(directory.resolve("train"), 4, 12, "cat", "dog", "ape");
        TestImages.writeNoise(directory.resolve("val"), 2, 12, "cat", "dog", "ape");
    }

    private void assertInvalid(String... parts) {
        assertThatThrownBy(this::open)
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_DATA))
                .message()
                .contains(parts);
    }

    @Test
    void infersClassesAndIgnoresWhatLiesAround() throws IOException {
        makeSet();
        Files.writeString(directory.resolve("README"), "where these are from");
        Files.writeString(directory.resolve("train/LICENSE"), "CC BY 4.0");
        Files.writeString(directory.resolve("train/cat/.DS_Store"), "hidden");
        Files.createDirectories(directory.resolve("train/.git"));
        ImageFolder data = open();
        assertThat(data.classNames()).containsExactly("ape", "cat", "dog");
        assertThat(data.trainingSize()).isEqualTo(12);
        assertThat(data.validationSize()).isEqualTo(6);
        assertThat(data.sampleShape()).isEqualTo(Shape.of(3, 8, 8));
        assertThat(data.badFiles()).isEmpty();
    }

    /** Runs of the versions before must find the data they were trained on. */
    @Test
    void theFingerprintIsThatOfEarlierVersionsUnlessImagesAreResizedOtherwise() {
        for (String set : new String[] {"train", "val"}) {
            for (String name : new String[] {"cat", "dog"}) {
                byte[] pixels = new byte[3 * 12 * 14];
                Arrays.fill(pixels, (byte) (set + name).length());
                byte[] header = "P6\n14 12\n255\n".getBytes(StandardCharsets.US_ASCII);
                byte[] ppm = Arrays.copyOf(header, header.length + pixels.length);
                System.arraycopy(pixels, 0, ppm, header.length, pixels.length);
                TestImages.write(directory.resolve(set).resolve(name).resolve("a.ppm"), ppm);
            }
        }
        LoadOptions load = LoadOptions.defaults().withCacheDirectory(cache);
        Map<Resize, String> found = new EnumMap<>(Resize.class);
        for (Resize resize : Resize.values()) {
            ImageFolder data =
                    ImageFolder.open(directory, PREPROCESSING.withResize(resize), load, ScanProgress.silent());
            found.put(resize, data.fingerprint());
        }
        assertThat(found)
                .containsEntry(Resize.SHORTER_SIDE, "08c635a13a8702f774fa5c7b739ddf71a7eaa3d5cfcfa4cea2556a5d0ba74543");
        assertThat(found.values()).doesNotHaveDuplicates();
    }

    @Test
    void takesASetWithoutValidationIfAskedTo() {
        TestImages.writeNoise(directory.resolve("train"), 4, 12, "cat", "dog");
        assertInvalid("no images to validate on", "--val DIR", "--split 0.2", "--no-validation");
        ImageFolder data = open(FolderOptions.defaults().withValidation(FolderOptions.Validation.NONE));
        assertThat(data.validationSize()).isZero();
        try (var stream = data.validation(Views.TEN, 10)) {
            assertThat(stream.next()).isNull();
        }
    }

    @Test
    void namesWhatIsWrongWithTheFolder() throws IOException {
        assertThatThrownBy(() -> ImageFolder.open(
                        directory.resolve("absent"), PREPROCESSING, LoadOptions.defaults(), ScanProgress.silent()))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("absent is no folder, got nothing");
        assertInvalid("train is no folder, got nothing");
        Files.createDirectories(directory.resolve("kittens"));
        assertInvalid("train is no folder, got only kittens");
        Files.createDirectories(directory.resolve("train"));
        assertInvalid("too few class folders, got none");
        TestImages.writeNoise(directory.resolve("train"), 2, 12, "cat");
        assertInvalid("too few class folders, got only cat");
        Files.createDirectories(directory.resolve("train/dog"));
        assertInvalid("class dog of train is empty");
        Files.writeString(directory.resolve("train/dog/notes.txt"), "no image");
        assertInvalid("class dog of train is empty", "no images in ");
        TestImages.writeNoise(directory.resolve("train"), 2, 12, "dog");
        Files.createDirectories(directory.resolve("val"));
        assertInvalid("val has no class folders");
        TestImages.writeNoise(directory.resolve("val"), 2, 12, "dgo");
        assertInvalid("unknown to train, got dgo", "2 classes (the nearest is dog)");
        Files.move(directory.resolve("val/dgo"), directory.resolve("val/dog"));
        assertThat(open().validationSize()).isEqualTo(2);
    }

    @Test
    void skipsAndListsAFewBadFiles() {
        makeSet();
        TestImages.writeNoise(directory.resolve("train"), 100, 12, "cat");
        TestImages.write(directory.resolve("train/dog/page.jpg"), HTML);
        ImageFolder data = open();
        assertThat(data.trainingSize()).isEqualTo(108);
        BadFile expected = new BadFile("train/dog/page.jpg", "an HTML page, perhaps a failed download's");
        assertThat(data.badFiles()).containsExactly(expected);
        assertThat(open().badFiles()).as("from the cache").containsExactly(expected);
    }

    @Test
    void stopsWhenMoreThanTheAllowedShareIsBadAndWritesTheWholeList() throws IOException {
        makeSet();
        TestImages.writeNoise(directory.resolve("val"), 114, 12, "cat");
        for (int i = 0; i < 5; i++) {
            TestImages.write(directory.resolve("val/dog/page" + (char) ('a' + i) + ".jpg"), HTML);
        }
        assertThat(open().badFiles()).as("5 of 123 are always allowed").hasSize(5);
        for (int i = 5; i < 8; i++) {
            TestImages.write(directory.resolve("val/dog/page" + (char) ('a' + i) + ".jpg"), HTML);
        }
        assertInvalid(
                "got 8 of 126, expected at most 6 (5 %, and always 5)",
                "tandem.images.bad-share",
                "the whole list is in " + cache,
                "-val-12-bad-files.txt",
                "val/dog/pagea.jpg (an HTML",
                "...");
        Path list;
        try (var files = Files.newDirectoryStream(cache, "*.txt")) {
            list = files.iterator().next();
        }
        assertThatThrownBy(this::open).message().doesNotContain("pagef.jpg");
        assertThat(list).content().contains("val/dog/pageh.jpg (an HTML");
        assertThat(Files.readAllLines(list)).hasSize(8);
        assertThat(open(FolderOptions.defaults().withBadShare(0.07)).badFiles()).hasSize(8);
    }

    @Test
    void stopsWhenAClassHasNoUsableImage() {
        makeSet();
        TestImages.writeNoise(directory.resolve("train"), 200, 12, "cat");
        TestImages.write(directory.resolve("train/zebra/page.jpg"), HTML);
        assertInvalid("class zebra of train has no usable image", "train/zebra/page.jpg");
    }

    @Test
    void statisticsAgreeWithPlainLoops() throws BadImage {
        makeSet();
        TrainingStatistics statistics = open().statistics();
        double[] mean = new double[3 * 144];
        double[] channels = new double[3];
        double[][] products = new double[3][3];
        // The classes were written in the order cat, dog, ape; sums do not care.
        for (int image = 0; image < 12; image++) {
            byte[] png = TestImages.encode(TestImages.noise(12, 12, image / 4 * 1000L + image % 4), "png");
            byte[] square = TestImages.decode(png, 12);
            for (int i = 0; i < 144; i++) {
                for (int a = 0; a < 3; a++) {
                    double value = square[a * 144 + i] & 0xFF;
                    mean[a * 144 + i] += value / 12;
                    channels[a] += value / (12 * 144);
                    for (int b = 0; b < 3; b++) {
                        products[a][b] += value * (square[b * 144 + i] & 0xFF) / (12 * 144);
                    }
                }
            }
        }
        assertThat(statistics.images()).isEqualTo(12);
        for (int i = 0; i < mean.length; i++) {
            assertThat((double) statistics.meanImage()[i]).isCloseTo(mean[i], within(1e-5));
        }
        for (int a = 0; a < 3; a++) {
            assertThat(statistics.channelMean(a)).isCloseTo(channels[a], within(1e-9));
            for (int b = 0; b < 3; b++) {
                assertThat(statistics.covariance(a, b))
                        .isCloseTo(products[a][b] - channels[a] * channels[b], within(1e-7));
            }
        }
    }

    @Test
    void evaluatesWithTheStatisticsOfTheTrainedModel() throws IOException {
        makeSet();
        ImageFolder trained = open();
        Path file = directory.resolve("statistics.bin");
        trained.statistics().write(file);
        TrainingStatistics read = TrainingStatistics.read(file);
        assertThat(read.meanImage()).isEqualTo(trained.statistics().meanImage());
        assertThat(read.eigenvalue(2)).isEqualTo(trained.statistics().eigenvalue(2));

        TestImages.writeNoise(directory.resolve("other/val"), 3, 12, "dog");
        ImageFolder other = ImageFolder.openForEvaluation(
                directory.resolve("other"),
                PREPROCESSING,
                trained.classNames(),
                read,
                LoadOptions.defaults(),
                ScanProgress.silent());
        assertThat(other.statistics()).isSameAs(read);
        assertThat(other.trainingSize()).isZero();
        try (var stream = other.validation(Views.CENTRE, 2)) {
            assertThat(stream.next().labels()).containsExactly(2, 2);
        }
        assertThatThrownBy(() -> other.training(Augmentation.none(), 1, 0, 0, 1))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("opened for evaluation");

        Files.write(file, new byte[] {1}, StandardOpenOption.APPEND);
        assertThatThrownBy(() -> TrainingStatistics.read(file))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("checksum");
    }

    @Test
    void evaluationNamesAClassTheModelDoesNotKnow() {
        makeSet();
        TrainingStatistics statistics = open().statistics();
        assertThatThrownBy(() -> ImageFolder.openForEvaluation(
                        directory,
                        PREPROCESSING,
                        List.of("cat", "dog"),
                        statistics,
                        LoadOptions.defaults(),
                        ScanProgress.silent()))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("unknown to the trained model, got ape");
    }

    @Test
    void refusesPositionsAndBatchesThatCannotBe() {
        makeSet();
        ImageFolder data = open();
        Augmentation none = Augmentation.none();
        assertThatThrownBy(() -> data.training(none, 1, 0, 0, 0)).hasMessageContaining("a batch of 0");
        assertThatThrownBy(() -> data.training(none, 1, 0, 0, 13)).hasMessageContaining("1 to 12");
        assertThatThrownBy(() -> data.training(none, 1, 0, 4, 4)).hasMessageContaining("batch 0 to 3");
        assertThatThrownBy(() -> data.validation(Views.TEN, 15)).hasMessageContaining("multiple of 10");
    }

    @Test
    void rowsOfImagesThatDoNotVaryHaveTheSameIdentityInEveryEpoch() {
        makeSet();
        try (ImageFolder data = open();
                ImageFolder again = open()) {
            Map<Long, List<Float>> first = rows(data.training(Augmentation.none(), 1, 0, 0, 4));
            assertThat(first).hasSize(12).doesNotContainKey(HostBatch.NO_IDENTITY);
            assertThat(rows(data.training(Augmentation.none(), 1, 1, 0, 4))).isEqualTo(first);
            Map<Long, List<Float>> validation = rows(data.validation(Views.CENTRE, 4));
            assertThat(validation).hasSize(6).doesNotContainKeys(first.keySet().toArray(Long[]::new));
            assertThat(rows(data.validation(Views.CENTRE, 4))).isEqualTo(validation);
            assertThat(rows(again.training(Augmentation.none(), 1, 0, 0, 4)))
                    .doesNotContainKeys(first.keySet().toArray(Long[]::new));
            // The batches are those that were used before.
            assertThat(rows(data.training(Augmentation.none().withReflection(), 1, 0, 0, 4)))
                    .containsOnlyKeys(HostBatch.NO_IDENTITY);
            assertThat(rows(data.validation(Views.TEN, 20))).containsOnlyKeys(HostBatch.NO_IDENTITY);
        }
    }

    @Test
    void theStatisticsOfTheWeightsAreUsedIfTheyAreGiven() {
        makeSet();
        int plane = 12 * 12;
        float[] mean = new float[3 * plane];
        Arrays.fill(mean, 100);
        TrainingStatistics given =
                new TrainingStatistics(new PixelStatistics(12, 7, mean, new double[] {100, 100, 100}, new double[9]));
        LoadOptions load = LoadOptions.defaults().withCacheDirectory(cache);
        FolderOptions options = FolderOptions.defaults();
        try (ImageFolder own = open();
                ImageFolder data = ImageFolder.open(
                        directory, PREPROCESSING, Optional.of(given), options, load, ScanProgress.silent())) {
            assertThat(data.statistics()).isSameAs(given);
            assertThat(data.fingerprint()).isEqualTo(own.fingerprint());
            for (List<Float> row :
                    rows(data.training(Augmentation.none(), 1, 0, 0, 4)).values()) {
                assertThat(row).allMatch(value -> value == Math.rint(value));
            }
            assertThat(rows(own.training(Augmentation.none(), 1, 0, 0, 4)).values())
                    .anyMatch(row -> row.stream().anyMatch(value -> value != Math.rint(value)));
        }
        Preprocessing larger = new Preprocessing(16, 8, Pixels.MEAN_IMAGE);
        assertThatThrownBy(() ->
                        ImageFolder.open(directory, larger, Optional.of(given), options, load, ScanProgress.silent()))
                .hasMessageContaining("the mean image does not fit");
    }

    /** The inputs of all rows of a stream, by identity. */
    private static Map<Long, List<Float>> rows(BatchStream stream) {
        Map<Long, List<Float>> rows = new HashMap<>();
        try (stream) {
            for (HostBatch batch = stream.next(); batch != null; batch = stream.next()) {
                int elements = batch.images().array().length / batch.shape().dim(0);
                for (int row = 0; row < batch.rows(); row++) {
                    List<Float> values = new ArrayList<>();
                    for (int i = row * elements; i < (row + 1) * elements; i++) {
                        values.add(batch.images().array()[i]);
                    }
                    rows.put(batch.identity(row), values);
                }
                stream.recycle(batch);
            }
        }
        return rows;
    }
}
