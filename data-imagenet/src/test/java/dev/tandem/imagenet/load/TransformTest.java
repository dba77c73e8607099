package dev.tandem.imagenet.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.TestImages;
import dev.tandem.imagenet.options.FolderOptions;
import dev.tandem.imagenet.options.LoadOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.nn.data.Transform;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.RandomKey.Purpose;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TransformTest {
    private static final long SEED = 7;
    private static final int EPOCH = 2;
    private static final int IMAGES = 10;

    /** Sets a random pixel of the red plane to a random level. */
    private static final Transform SPECK =
            (image, shape, random) -> image[random.nextInt(shape.dim(1) * shape.dim(2))] = 1000 + random.nextInt(1000);

    @TempDir
    Path directory;

    @BeforeEach
    void makeSet() {
        TestImages.writeNoise(directory.resolve("train"), IMAGES / 2, 12, "a", "b");
    }

    private List<float[]> rows(Augmentation augmentation, int workers, long cacheBytes, int firstBatch) {
        ImageFolder data = ImageFolder.open(
                directory,
                new Preprocessing(12, 8, Pixels.STANDARDIZED_CHANNELS),
                FolderOptions.defaults().withValidation(FolderOptions.Validation.NONE),
                LoadOptions.defaults().withWorkers(workers).withCacheBytes(cacheBytes),
                ScanProgress.silent());
        List<float[]> rows = new ArrayList<>();
        try (BatchStream stream = data.training(augmentation, SEED, EPOCH, firstBatch, 2)) {
            for (HostBatch batch = stream.next(); batch != null; batch = stream.next()) {
                int elements = batch.images().array().length / 2;
                rows.add(Arrays.copyOfRange(batch.images().array(), 0, elements));
                rows.add(Arrays.copyOfRange(batch.images().array(), elements, 2 * elements));
                stream.recycle(batch);
            }
        }
        return rows;
    }

    private static void assertSame(List<float[]> actual, List<float[]> expected) {
        assertThat(actual.toArray(float[][]::new)).isDeepEqualTo(expected.toArray(float[][]::new));
    }

    @Test
    void transformsThatChangeNothingLeaveEveryBit() {
        Transform none = (image, shape, random) -> {};
        assertSame(
                rows(Augmentation.paper().beforeCrop(none).afterCrop(none), 2, 0, 0),
                rows(Augmentation.paper(), 2, 0, 0));
    }

    @Test
    void seePixelsBeforeTheCropAndInputsAfterIt() {
        Set<Shape> before = ConcurrentHashMap.newKeySet();
        Set<Boolean> levels = ConcurrentHashMap.newKeySet();
        Augmentation augmentation = Augmentation.none()
                .beforeCrop((image, shape, random) -> {
                    before.add(shape);
                    for (float level : image) {
                        levels.add(level >= 0 && level <= 255 && level == Math.rint(level));
                    }
                })
                .afterCrop((image, shape, random) -> Arrays.fill(image, (float) shape.elements()));
        for (float[] row : rows(augmentation, 2, 0, 0)) {
            assertThat(row).hasSize(192).containsOnly(192);
        }
        assertThat(before).containsExactly(Shape.of(3, 12, 12));
        assertThat(levels).containsExactly(true);
    }

    @Test
    void theSameForAnyNumberOfWorkersCachedOrNotAndAfterAResume() {
        Augmentation augmentation = Augmentation.paper().beforeCrop(SPECK).afterCrop(SPECK);
        List<float[]> one = rows(augmentation, 1, 0, 0);
        assertSame(rows(augmentation, 5, 0, 0), one);
        assertSame(rows(augmentation, 3, 1 << 20, 0), one);
        assertSame(rows(augmentation, 2, 0, 3), one.subList(6, 10));
        assertThat(one.get(0)).isNotEqualTo(rows(Augmentation.paper(), 1, 0, 0).get(0));
    }

    @Test
    void drawFromAStreamOfTheImageBeforeTheCropFirst() {
        Augmentation augmentation = Augmentation.none()
                .beforeCrop((image, shape, random) -> random.nextInt())
                .afterCrop((image, shape, random) -> image[0] = random.nextInt(1 << 20));
        List<float[]> rows = rows(augmentation, 3, 0, 0);
        int[] order = Philox.permutation(new RandomKey(SEED, Purpose.ORDER, EPOCH, 0), IMAGES);
        for (int row = 0; row < IMAGES; row++) {
            RandomKey key = new RandomKey(SEED, Purpose.TRANSFORM, EPOCH, order[row]);
            assertThat(rows.get(row)[0]).as("row %s", row).isEqualTo(Philox.word(key, 1) & 0xFFFFF);
        }
    }

    @Test
    void whatATransformDoesWrongIsSaid() {
        Augmentation failing = Augmentation.none().beforeCrop((image, shape, random) -> image[432] = 1);
        assertThatThrownBy(() -> rows(failing, 2, 0, 0))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("augmentation: a transform failed for " + directory)
                .hasMessageContaining(" of shape 3x12x12: java.lang.ArrayIndexOutOfBoundsException");
        Augmentation infinite = Augmentation.none().afterCrop((image, shape, random) -> image[5] /= 0);
        assertThatThrownBy(() -> rows(infinite, 2, 0, 0))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("a transform left a value that is not finite in " + directory)
                .hasMessageContaining("nity at element 5, expected finite values");
    }
}
