package dev.tandem.imagenet.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.ImageSource;
import dev.tandem.imagenet.TestImages;
import dev.tandem.imagenet.decode.ImageDecoder;
import dev.tandem.imagenet.decode.Squaring;
import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.LoadOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.overview.LoadSpeed;
import dev.tandem.imagenet.shard.PackOptions.Encoding;
import dev.tandem.imagenet.statistics.PixelSums;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.nn.data.Preprocessing.Resize;
import dev.tandem.nn.data.Views;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ShardLoadingTest {
    private static final Augmentation PAPER = Augmentation.paper();
    private static final Preprocessing PREPROCESSING = new Preprocessing(24, 20, Pixels.MEAN_IMAGE);

    @TempDir
    Path directory;

    private Path images;

    @BeforeEach
    void makeSet() {
        images = directory.resolve("images");
        for (String set : new String[] {"train", "val"}) {
            for (int label = 0; label < 3; label++) {
                for (int i = 0; i < 11; i++) {
                    int colour = (60 * label + 40) << 16 | (20 * i) << 8;
                    byte[] png = TestImages.encode(TestImages.image(40, 30, (x, y) -> colour | 3 * x + y), "png");
                    TestImages.write(images.resolve(set + "/class" + label + "/" + i + ".png"), png);
                }
            }
        }
    }

    private Path pack(boolean square, Encoding encoding, int side) {
        Path packed = directory.resolve("packed-" + square + encoding + side);
        PackOptions options = new PackOptions(side, square, encoding, 95, 5, 8, false);
        Packer.pack(
                ImageSource.open(images, ScanProgress.silent()),
                packed,
                options,
                ImageOptions.defaults(),
                2,
                ScanProgress.silent());
        return packed;
    }

    private static ImageFolder open(Path folder, int workers, long cacheBytes) {
        return ImageFolder.open(
                folder,
                PREPROCESSING,
                LoadOptions.defaults().withWorkers(workers).withCacheBytes(cacheBytes),
                ScanProgress.silent());
    }

    private static List<float[]> drain(BatchStream stream) {
        List<float[]> batches = new ArrayList<>();
        try (stream) {
            for (HostBatch batch = stream.next(); batch != null; batch = stream.next()) {
                float[] both =
                        Arrays.copyOf(batch.images().array(), batch.images().array().length + batch.labels().length);
                for (int i = 0; i < batch.labels().length; i++) {
                    both[batch.images().array().length + i] = batch.labels()[i];
                }
                batches.add(both);
                stream.recycle(batch);
            }
        }
        return batches;
    }

    private static void assertSame(List<float[]> actual, List<float[]> expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.size(); i++) {
            assertThat(actual.get(i)).as("batch %s", i).isEqualTo(expected.get(i));
        }
    }

    @Test
    void theSameForAnyNumberOfWorkersCachedOrNotAndFromAnyBatchOn() {
        Path packed = pack(false, Encoding.JPEG, 24);
        List<float[]> whole = drain(open(packed, 1, 0).training(PAPER, 9, 3, 0, 4));
        assertThat(whole).hasSize(8);
        assertSame(drain(open(packed, 4, 0).training(PAPER, 9, 3, 0, 4)), whole);
        ImageFolder cached = open(packed, 3, 1 << 20);
        assertSame(drain(cached.training(PAPER, 9, 3, 0, 4)), whole);
        assertSame(drain(cached.training(PAPER, 9, 3, 0, 4)), whole);
        for (int first = 0; first <= 8; first++) {
            assertSame(drain(cached.training(PAPER, 9, 3, first, 4)), whole.subList(first, 8));
        }
        assertThat(drain(cached.training(PAPER, 9, 4, 0, 4)).get(0)).isNotEqualTo(whole.get(0));
    }

    /** The packed statistics are of other squares. */
    @ParameterizedTest
    @EnumSource(
            value = Resize.class,
            names = {"TORCHVISION", "STRETCH"})
    void anotherResizeIsOfWhatIsStoredAndHasItsOwnStatistics(Resize resize) throws Exception {
        Path packed = pack(false, Encoding.RAW, 24);
        Preprocessing preprocessing = PREPROCESSING.withResize(resize);
        LoadOptions load = LoadOptions.defaults().withCacheDirectory(directory.resolve("cache"));
        ImageFolder data = ImageFolder.open(packed, preprocessing, load, ScanProgress.silent());
        ImageFiles files = Shards.open(packed).listing().files(Split.TRAIN);
        Squaring squaring = Squaring.of(preprocessing);
        PixelSums sums = new PixelSums(squaring.side());
        byte[] square = new byte[squaring.bytes()];
        try (ImageDecoder decoder = new ImageDecoder(squaring, ImageOptions.defaults())) {
            for (int i = 0; i < files.size(); i++) {
                decoder.decode(files.read(i), square);
                sums.add(square);
            }
        }
        float[] expected = sums.statistics().meanImage();
        assertThat(data.statistics().meanImage()).isEqualTo(expected);
        if (resize == Resize.STRETCH) {
            // Nothing is cut off: x is 0 to 39, stored as 32 columns.
            assertThat(expected[2 * 24 * 24 + 23] - expected[2 * 24 * 24]).isBetween(114f, 117f);
        }
        assertThat(data.fingerprint()).isNotEqualTo(open(packed, 1, 0).fingerprint());
        ImageFolder uncached =
                ImageFolder.open(packed, preprocessing, load.withCacheBytes(0).withWorkers(1), ScanProgress.silent());
        assertSame(drain(uncached.training(PAPER, 9, 3, 0, 4)), drain(data.training(PAPER, 9, 3, 0, 4)));
    }

    @Test
    void opensWithoutAScanWithItsClassesAndStatistics() {
        Path packed = pack(true, Encoding.RAW, 24);
        ImageFolder data = ImageFolder.open(packed, PREPROCESSING, LoadOptions.defaults(), (set, done, total) -> {
            throw new AssertionError("nothing is to be looked at, but " + set + " is");
        });
        assertThat(data.classNames()).containsExactly("class0", "class1", "class2");
        assertThat(data.trainingSize()).isEqualTo(33);
        assertThat(data.validationSize()).isEqualTo(33);
        TrainingStatistics ofFolder = open(images, 2, 0).statistics();
        assertThat(data.statistics().meanImage()).isEqualTo(ofFolder.meanImage());
        assertThat(data.fingerprint())
                .isNotEqualTo(open(pack(true, Encoding.JPEG, 24), 1, 0).fingerprint());
    }

    /** The same images reach the network, whichever way; JPEG changes them by a few levels. */
    @Test
    void showsTheNetworkWhatTheFolderShows() {
        List<float[]> folder =
                sorted(drain(open(images, 2, 0).validation(Views.CENTRE, 33)).get(0));
        List<float[]> raw =
                sorted(drain(open(pack(false, Encoding.RAW, 24), 2, 0).validation(Views.CENTRE, 33))
                        .get(0));
        List<float[]> jpeg =
                sorted(drain(open(pack(false, Encoding.JPEG, 24), 2, 0).validation(Views.CENTRE, 33))
                        .get(0));
        for (int i = 0; i < folder.size(); i++) {
            assertThat(raw.get(i)).as("image %s", i).isEqualTo(folder.get(i));
            for (int pixel = 0; pixel < folder.get(i).length; pixel++) {
                assertThat(jpeg.get(i)[pixel]).as("image %s", i).isCloseTo(folder.get(i)[pixel], within(8f));
            }
        }
    }

    /** The images of a batch of validation, ordered by their classes and greens, which are unlike. */
    private static List<float[]> sorted(float[] batch) {
        int elements = 3 * 20 * 20;
        List<float[]> rows = new ArrayList<>();
        for (int row = 0; row < 33; row++) {
            float[] image = Arrays.copyOfRange(batch, row * elements, (row + 1) * elements);
            rows.add(image);
        }
        rows.sort(Comparator.comparing((float[] image) -> Math.round(image[200] / 30))
                .thenComparing(image -> image[600]));
        return rows;
    }

    @Test
    void otherSizesAreResizedAndLookedAtOnce() {
        Path packed = pack(false, Encoding.JPEG, 30);
        ImageFolder data = open(packed, 2, 0);
        assertThat(data.statistics().imageSize()).isEqualTo(24);
        assertThat(drain(data.validation(Views.TEN, 10))).hasSize(33);
    }

    @Test
    void evaluatesAModelWhoseClassesHaveAnotherOrder() {
        Path packed = pack(false, Encoding.JPEG, 24);
        TrainingStatistics statistics = open(packed, 1, 0).statistics();
        List<String> reversed = List.of("class2", "class1", "class0");
        ImageFolder data = ImageFolder.openForEvaluation(
                packed, PREPROCESSING, reversed, statistics, LoadOptions.defaults(), ScanProgress.silent());
        ImageFolder straight = open(packed, 1, 0);
        try (BatchStream one = data.validation(Views.CENTRE, 33);
                BatchStream other = straight.validation(Views.CENTRE, 33)) {
            int[] labels = one.next().labels();
            int[] expected = other.next().labels();
            for (int i = 0; i < labels.length; i++) {
                assertThat(labels[i]).isEqualTo(2 - expected[i]);
            }
        }
        assertThatThrownBy(() -> ImageFolder.openForEvaluation(
                        packed,
                        PREPROCESSING,
                        List.of("class0", "class1"),
                        statistics,
                        LoadOptions.defaults(),
                        ScanProgress.silent()))
                .hasMessageContaining("unknown to the trained model, got class2");
    }

    @Test
    void aShardThatBecameShorterIsNamed() throws Exception {
        Path packed = pack(false, Encoding.JPEG, 24);
        Files.write(packed.resolve("train-00001.tar"), new byte[1], StandardOpenOption.TRUNCATE_EXISTING);
        assertThatThrownBy(() -> open(packed, 1, 0)).hasMessageContaining("train-00001.tar has 1 bytes");
    }

    @Test
    void measuresItsSpeed() {
        LoadSpeed speed = LoadSpeed.measure(pack(false, Encoding.JPEG, 24), PREPROCESSING, PAPER, 20, 3);
        assertThat(speed.images()).isEqualTo(20);
        assertThat(speed.ratio()).isPositive();
        assertThatThrownBy(() -> LoadSpeed.measure(pack(false, Encoding.RAW, 24), PREPROCESSING, PAPER, 20, 3))
                .hasMessageContaining("JPEG shards of side 24");
    }

    /** Of 33 images the first 20: the others are no images at all, and are not missed by either. */
    @Test
    void measuresLoadingAndDecodingOnTheSameImages() throws Exception {
        Path packed = pack(false, Encoding.JPEG, 24);
        List<ShardIndex.Line> lines = new ArrayList<>();
        for (Manifest.Shard shard : Shards.open(packed).manifest().shardsOf(Split.TRAIN)) {
            ShardIndex.read(packed, shard, 3, line -> {
                lines.add(line);
                if (lines.size() > 20) {
                    try (RandomAccessFile tar =
                            new RandomAccessFile(packed.resolve(shard.file()).toFile(), "rw")) {
                        tar.seek(line.offset());
                        tar.write(new byte[line.length()]);
                    }
                }
            });
        }
        assertThat(lines).hasSize(33);
        assertThat(LoadSpeed.measure(packed, PREPROCESSING, PAPER, 20, 1).images())
                .isEqualTo(20);
        assertThatThrownBy(() -> LoadSpeed.measure(packed, PREPROCESSING, PAPER, 21, 1))
                .hasMessageContaining("a shard is damaged");
    }

    /** The bound of ImageNet's size; measured after the garbage is gone. */
    @Test
    void aListingOfImageNetIsSmall() {
        int count = 1_281_167;
        long before = used();
        ImageFiles.Builder builder = new ImageFiles.Builder(directory);
        int container = builder.container(directory.resolve("train.tar"));
        for (int i = 0; i < count; i++) {
            builder.add(
                    "n0" + (1_440_764 + i / 1300) + "_" + i * 7 % 100_003, i / 1300, container, 110_000L * i, 110_000);
        }
        ImageFiles files = builder.buildSorted();
        builder = null;
        long taken = used() - before;
        assertThat(files.size()).isEqualTo(count);
        assertThat(taken / 1e6).as("megabytes").isLessThan(200);
        assertThat(files.name(count - 1)).startsWith("n0");
    }

    private static long used() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
