package dev.tandem.imagenet.layout.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tandem.imagenet.TestTars;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DevkitTest {
    private static final Path MINI = Path.of("../../shared/data/ilsvrc-mini.tar.gz");

    @TempDir
    Path directory;

    private static Map<String, byte[]> files(int year, String truth) {
        return Map.of(
                "kit/data/meta.mat",
                TestTars.metaMat(year),
                "kit/data/ILSVRC" + year + "_validation_ground_truth.txt",
                TestTars.ascii(truth));
    }

    @ParameterizedTest
    @ValueSource(ints = {2010, 2012})
    void labelsAreIndicesOfSortedWnids(int year) throws Exception {
        byte[] archive = TestTars.gzip(TestTars.tar(files(year, "3\n1\n\n2\n")));
        Devkit kit = Devkit.read(Files.write(directory.resolve("kit.tar.gz"), archive), year);
        assertThat(kit.validationTruth()).contains(List.of(3, 1, 2));
        assertThat(kit.synsets().all()).hasSize(4);
        assertThat(kit.synsets().classes())
                .extracting(Synset::wnid)
                .containsExactly("n01000000", "n02000000", "n03000000");
        assertThat(kit.synsets().classes()).extracting(Synset::id).containsExactly(3, 1, 2);
        assertThat(kit.synsets().labelOfId(1)).contains(1);
        assertThat(kit.synsets().labelOfId(4)).isEmpty();
        Synset first = kit.synsets().classes().get(0);
        assertThat(first.words()).isEqualTo("thing 3, gadget");
        assertThat(kit.synsets().parents(first)).extracting(Synset::words).containsExactly("entity");
    }

    @Test
    void takesAnUnpackedKit() {
        files(2012, "1\n").forEach((name, bytes) -> TestTars.write(directory.resolve(name), bytes));
        assertThat(Devkit.read(directory.resolve("kit"), 2012).validationTruth())
                .contains(List.of(1));
    }

    @Test
    void namesWhatIsMissingOrWrong() throws Exception {
        Path empty = Files.write(directory.resolve("a.gz"), TestTars.gzip(TestTars.tar(Map.of("x", new byte[1]))));
        assertThatThrownBy(() -> Devkit.read(empty, 2012)).hasMessageContaining("no meta.mat");
        Path text = Files.write(directory.resolve("b.gz"), TestTars.gzip(TestTars.tar(files(2012, "1\nx\n"))));
        assertThatThrownBy(() -> Devkit.read(text, 2012)).hasMessageContaining("a line is no number");
        Path other = Files.write(directory.resolve("c.gz"), TestTars.gzip(TestTars.tar(files(2010, "1\n"))));
        assertThatThrownBy(() -> Devkit.read(other, 2012)).isInstanceOf(TandemException.class);
        Path bomb = Files.write(directory.resolve("d.gz"), TestTars.gzip(new byte[70 << 20]));
        assertThatThrownBy(() -> Devkit.read(bomb, 2012)).isInstanceOf(TandemException.class);
        byte[] whole = TestTars.gzip(TestTars.tar(files(2012, "1\n")));
        Path cut = Files.write(directory.resolve("e.gz"), Arrays.copyOf(whole, whole.length / 2));
        assertThatThrownBy(() -> Devkit.read(cut, 2012))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("damaged");
        byte[] tar = TestTars.tar(files(2012, "1\n"));
        // As tar pads it, to records of 10,240 bytes: a reader of the tar does not look for more.
        byte[] changed = TestTars.gzip(Arrays.copyOf(tar, (tar.length / 10_240 + 1) * 10_240));
        changed[changed.length - 5] ^= 1; // the checksum
        Path damaged = Files.write(directory.resolve("f.gz"), changed);
        assertThatThrownBy(() -> Devkit.read(damaged, 2012))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("damaged");
    }

    @Test
    @Timeout(value = 30, unit = TimeUnit.SECONDS)
    void fuzzedMatFilesGiveAnErrorOrAHierarchy() throws Exception {
        byte[] mat = TestTars.metaMat(2012);
        byte[] plain = MatStructure.only("synsets", mat);
        int refused = 0;
        for (int seed = 0; seed < 2000; seed++) {
            Random random = new Random(seed);
            // Compressed bytes mostly fail their checksum: the unpacked structure is fuzzed more.
            byte[] fuzzed = (seed % 4 == 0 ? mat : plain).clone();
            if (seed % 10 == 0) {
                fuzzed = Arrays.copyOf(fuzzed, random.nextInt(fuzzed.length));
            }
            for (int i = 0; i < 1 + seed % 8 && fuzzed.length > 128; i++) {
                int at = 128 + random.nextInt(fuzzed.length - 128);
                fuzzed[at] = (byte) (seed % 3 == 0 ? 0xFF : random.nextInt(256));
            }
            try {
                MetaMat.read(fuzzed, 2012);
            } catch (TandemException e) {
                assertThat(e.code()).as("seed %s", seed).isEqualTo(ErrorCode.INVALID_DATA);
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(1000);
    }

    @Test
    void genuineKitsHaveAThousandClasses() throws Exception {
        assumeTrue(Files.exists(MINI), "skipped: " + MINI + " is not here");
        new ProcessBuilder("tar", "-xzf", MINI.toAbsolutePath().toString(), "-C", directory.toString())
                .start()
                .waitFor();
        Path kits = directory.resolve("ilsvrc-mini/full-devkits");
        Devkit newer = Devkit.read(kits.resolve("ILSVRC2012_devkit_t12.tar.gz"), 2012);
        assertThat(newer.synsets().all()).hasSize(1860);
        assertThat(newer.synsets().classes()).hasSize(1000);
        assertThat(newer.validationTruth().orElseThrow()).hasSize(50_000);
        Synset tench = newer.synsets().classes().get(0);
        assertThat(tench.words()).isEqualTo("tench, Tinca tinca");
        assertThat(tench.id()).isEqualTo(449);
        assertThat(newer.synsets().byId(1).orElseThrow().words()).startsWith("kit fox");
        assertThat(newer.synsets().all().stream()
                        .filter(Synset::isLeaf)
                        .mapToInt(Synset::trainingImages)
                        .sum())
                .isEqualTo(1_281_167);
        Devkit older = Devkit.read(kits.resolve("ILSVRC2010_devkit-1.0.tar.gz"), 2010);
        assertThat(older.synsets().all()).hasSize(1676);
        assertThat(older.synsets().classes()).hasSize(1000);
    }
}
