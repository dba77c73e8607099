package dev.tandem.imagenet.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.TestImages;
import dev.tandem.imagenet.options.LoadOptions;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.nn.data.Preprocessing.Resize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScanCacheTest {
    @TempDir
    Path directory;

    @TempDir
    Path kept;

    private Path cache;

    @BeforeEach
    void makeSet() {
        TestImages.writeNoise(directory.resolve("train"), 4, 12, "cat", "dog");
        TestImages.writeNoise(directory.resolve("val"), 1, 12, "cat", "dog");
        cache = folder().file("train-12.scan");
    }

    private ScanFolder folder() {
        return ScanFolder.of(directory, options()).orElseThrow();
    }

    private LoadOptions options() {
        return LoadOptions.defaults().withCacheDirectory(kept);
    }

    private ImageFolder open(Set<String> scanned) {
        return ImageFolder.open(
                directory,
                new Preprocessing(12, 8, Pixels.MEAN_IMAGE),
                options(),
                (set, done, total) -> scanned.add(set));
    }

    private Set<String> scanned() {
        Set<String> scanned = new TreeSet<>();
        open(scanned);
        return scanned;
    }

    @Test
    void theSecondOpeningScansNothingAndFindsTheSame() throws IOException {
        ImageFolder first = open(new TreeSet<>());
        Set<String> scanned = new TreeSet<>();
        ImageFolder second = open(scanned);
        assertThat(scanned).isEmpty();
        assertThat(second.fingerprint()).isEqualTo(first.fingerprint());
        assertThat(second.classNames()).isEqualTo(first.classNames());
        assertThat(second.statistics().meanImage()).isEqualTo(first.statistics().meanImage());
        for (int i = 0; i < 9; i++) {
            assertThat(second.statistics().covariance(i / 3, i % 3))
                    .isEqualTo(first.statistics().covariance(i / 3, i % 3));
        }
    }

    @Test
    void eachWayToSquaresHasAResultOfItsOwn() throws IOException {
        Preprocessing usual = new Preprocessing(12, 8, Pixels.MEAN_IMAGE);
        for (Resize resize : Resize.values()) {
            Set<String> scanned = new TreeSet<>();
            for (int time = 0; time < 2; time++) {
                scanned.clear();
                ImageFolder.open(
                        directory, usual.withResize(resize), options(), (set, done, total) -> scanned.add(set));
                assertThat(scanned).as("%s, time %s", resize, time).hasSize(time == 0 ? 2 : 0);
            }
        }
        try (var files = Files.list(kept)) {
            assertThat(files).hasSize(6).contains(cache, folder().file("val-12-stretch.scan"));
        }
        folder().withRoom(0).makeRoom(cache);
        try (var files = Files.list(kept)) {
            assertThat(files).as("the newest").containsExactly(cache);
        }
    }

    @Test
    void nothingIsWrittenToTheDataFolder() throws IOException {
        scanned();
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactlyInAnyOrder(directory.resolve("train"), directory.resolve("val"));
        }
        try (var files = Files.list(kept)) {
            assertThat(files).containsExactlyInAnyOrder(cache, folder().file("val-12.scan"));
        }
    }

    @Test
    void aResultKeptBesideTheDataByAnEarlierVersionIsLeftAlone() throws IOException {
        Path earlier = directory.resolve(".tandem-train-12.scan");
        Files.writeString(earlier, "kept");
        assertThat(scanned()).containsExactly("train", "val");
        assertThat(earlier).content().isEqualTo("kept");
    }

    @Test
    void theFilesNotUsedForLongestMakeRoom() throws IOException {
        scanned();
        long bytes = Files.size(cache) + Files.size(folder().file("val-12.scan"));
        Path old = kept.resolve("0123456789abcdef-train-12.scan");
        Path foreign = kept.resolve("somebody's-train-12.scan");
        for (Path file : new Path[] {old, foreign}) {
            Files.write(file, new byte[100]);
            Files.setLastModifiedTime(file, FileTime.fromMillis(2_000_000));
        }
        Files.setLastModifiedTime(cache, FileTime.fromMillis(1_000_000));
        assertThat(scanned()).as("from the cache, which is used now").isEmpty();
        folder().withRoom(bytes + 100).makeRoom(cache);
        assertThat(old).exists();
        folder().withRoom(bytes + 99).makeRoom(cache);
        assertThat(old).doesNotExist();
        folder().withRoom(0).makeRoom(cache);
        try (var files = Files.list(kept)) {
            assertThat(files).as("the newest, and what is not ours").containsExactlyInAnyOrder(cache, foreign);
        }
    }

    @Test
    void aChangedSetIsScannedAgain() throws IOException {
        scanned();
        Files.setLastModifiedTime(directory.resolve("val/cat/image_000.png"), FileTime.fromMillis(1_000_000));
        assertThat(scanned()).containsExactly("val");
        TestImages.write(
                directory.resolve("train/cat/new.png"), TestImages.encode(TestImages.noise(12, 12, 99), "png"));
        assertThat(scanned()).containsExactly("train");
        assertThat(scanned()).isEmpty();
    }

    @Test
    void theFingerprintFollowsContentNotTime() throws IOException {
        String before = open(new TreeSet<>()).fingerprint();
        Path image = directory.resolve("train/cat/image_000.png");
        Files.setLastModifiedTime(image, FileTime.fromMillis(1_000_000));
        assertThat(open(new TreeSet<>()).fingerprint()).isEqualTo(before);
        TestImages.write(image, TestImages.encode(TestImages.noise(12, 12, 99), "png"));
        assertThat(open(new TreeSet<>()).fingerprint()).isNotEqualTo(before);
    }

    @Test
    void aDamagedOrForeignFileIsNotUsed() throws IOException {
        ImageFolder first = open(new TreeSet<>());
        byte[] good = Files.readAllBytes(cache);
        for (int at : new int[] {0, 20, good.length / 2, good.length - 1}) {
            byte[] damaged = good.clone();
            damaged[at] ^= 4;
            Files.write(cache, damaged);
            assertThat(scanned()).as("byte %s changed", at).containsExactly("train");
        }
        for (int length : new int[] {0, 5, good.length - 7}) {
            Files.write(cache, Arrays.copyOf(good, length));
            assertThat(scanned()).as("cut to %s bytes", length).containsExactly("train");
        }
        Files.copy(folder().file("val-12.scan"), cache, StandardCopyOption.REPLACE_EXISTING);
        assertThat(scanned()).as("another set's").containsExactly("train");
        assertThat(open(new TreeSet<>()).statistics().meanImage())
                .isEqualTo(first.statistics().meanImage());
        assertThat(Files.readAllBytes(cache)).isEqualTo(good);
    }

    @Test
    void aCacheThatCannotBeWrittenIsNoReasonToStop() throws IOException {
        // A folder in the file's place cannot be replaced, whoever runs the test.
        Files.createDirectories(cache.resolve("occupied"));
        assertThat(scanned()).containsExactly("train", "val");
        assertThat(scanned()).containsExactly("train");
        try (var files = Files.list(kept)) {
            assertThat(files.filter(path -> path.toString().endsWith(".tmp"))).isEmpty();
        }
    }
}
