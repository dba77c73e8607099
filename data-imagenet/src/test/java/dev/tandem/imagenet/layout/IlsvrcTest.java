package dev.tandem.imagenet.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.ImageSource;
import dev.tandem.imagenet.TestCommands;
import dev.tandem.imagenet.TestImages;
import dev.tandem.imagenet.TestTars;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.LoadOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.shard.Manifest;
import dev.tandem.imagenet.shard.PackOptions;
import dev.tandem.imagenet.shard.Packer;
import dev.tandem.imagenet.shard.Shards;
import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.spi.TandemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IlsvrcTest {
    private static final Path MINI = Path.of("../../shared/data/ilsvrc-mini.tar.gz");

    @TempDir
    Path directory;

    private static byte[] jpeg(int seed) {
        return TestImages.encode(TestImages.noise(20, 24, seed), "jpg");
    }

    private void makeYear(int year) {
        TestTars.writeYear(directory, year);
    }

    private static List<String> listing(ImageListing source, Split split) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < source.size(split); i++) {
            lines.add(source.name(split, i) + " " + source.classNames().get(source.label(split, i)));
        }
        return lines;
    }

    @Test
    void listsTheArchivesOf2012() {
        makeYear(2012);
        ImageListing source = ImageSource.open(directory, ScanProgress.silent());
        assertThat(source.kind()).isEqualTo("ILSVRC2012 archives");
        assertThat(source.classNames()).containsExactly("n01000000", "n02000000", "n03000000");
        assertThat(source.classes())
                .extracting(known -> known.ilsvrcId().getAsInt())
                .containsExactly(3, 1, 2);
        assertThat(listing(source, Split.TRAIN))
                .containsExactly(
                        "n01000000_20.JPEG n01000000",
                        "n01000000_3.JPEG n01000000",
                        "n02000000_20.JPEG n02000000",
                        "n02000000_3.JPEG n02000000");
        assertThat(listing(source, Split.VALIDATION))
                .containsExactly(
                        "ILSVRC2012_val_00000001.JPEG n01000000",
                        "ILSVRC2012_val_00000002.JPEG n01000000",
                        "ILSVRC2012_val_00000003.JPEG n02000000",
                        "ILSVRC2012_val_00000004.JPEG n03000000");
        assertThat(source.size(Split.TEST)).as("no labels were published").isZero();
    }

    /** The archive of training images holds none of what it should, and is not looked at. */
    @Test
    void countsTheClassesByTheDevelopmentKitAlone() throws Exception {
        makeYear(2012);
        Files.write(directory.resolve("ILSVRC2012_img_train.tar"), new byte[] {1});
        assertThat(ImageSource.countClasses(directory)).isEqualTo(3);
    }

    @Test
    void patchesAndLabelsTheTestImagesOf2010() throws Exception {
        makeYear(2010);
        TestTars.write(directory.resolve("ILSVRC2010_test_ground_truth.txt"), TestTars.ascii("2\n1\n"));
        byte[] better = jpeg(99);
        Map<String, byte[]> patches = Map.of("patch_images/train/n02000000_3.JPEG", better);
        TestTars.write(directory.resolve("patch_images.tar"), TestTars.tar(patches));
        ImageListing source = ImageSource.open(directory, ScanProgress.silent());
        assertThat(listing(source, Split.TEST))
                .containsExactly("ILSVRC2010_test_00000001.JPEG n03000000", "ILSVRC2010_test_00000002.JPEG n02000000");
        ImageFiles train = source.files(Split.TRAIN);
        assertThat(train.read(3)).isEqualTo(better);
        assertThat(train.read(2)).isEqualTo(jpeg(20));
    }

    @Test
    void trainsOnTheArchivesAsTheyAre() {
        makeYear(2012);
        ImageFolder data = ImageFolder.open(
                directory, new Preprocessing(16, 12, Pixels.MEAN_IMAGE), LoadOptions.defaults(), ScanProgress.silent());
        assertThat(data.trainingSize()).isEqualTo(4);
        try (BatchStream stream = data.training(Augmentation.none(), 1, 0, 0, 4)) {
            assertThat(stream.next().labels()).containsOnly(0, 1);
        }
    }

    @Test
    void namesWhatDoesNotFit() throws Exception {
        makeYear(2012);
        assertThatThrownBy(() -> ImageSource.requirePublishedChecksums(directory, ScanProgress.silent()))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("its MD5 differs")
                .hasMessageContaining("1d675b47d978889d74fa0da5fadfb00e");
        Path kit = directory.resolve("ILSVRC2012_devkit_t12.tar.gz");
        TestTars.write(
                kit,
                TestTars.gzip(TestTars.tar(Map.of(
                        "meta.mat", TestTars.metaMat(2012),
                        "ILSVRC2012_validation_ground_truth.txt", TestTars.ascii("1\n2\n")))));
        assertThatThrownBy(() -> ImageSource.open(directory, ScanProgress.silent()))
                .hasMessageContaining("got 4 images, expected 2 lines");
        Files.delete(kit);
        assertThatThrownBy(() -> ImageSource.open(directory, ScanProgress.silent()))
                .hasMessageContaining("the development kit is missing");
        makeYear(2010);
        assertThatThrownBy(() -> ImageSource.open(directory, ScanProgress.silent()))
                .hasMessageContaining("archives of two years");
    }

    @ParameterizedTest
    @ValueSource(ints = {2010, 2012})
    void theMiniatureArchivesHoldExactlyWhatIsExpected(int year) throws Exception {
        assumeTrue(Files.exists(MINI), "skipped: " + MINI + " is not here");
        TestCommands.run("tar", "-xzf", MINI.toString(), "-C", directory.toString());
        SortedSet<String> expected = new TreeSet<>();
        for (String line : Files.readAllLines(directory.resolve("ilsvrc-mini/expected.tsv"))) {
            if (line.startsWith(year + "\t")) {
                expected.add(line.substring(5));
            }
        }
        ImageListing source = ImageSource.open(directory.resolve("ilsvrc-mini/" + year), ScanProgress.silent());
        Path packed = directory.resolve("packed");
        PackOptions options = new PackOptions(64, true, PackOptions.Encoding.JPEG, 90, 1, 100, false);
        Manifest manifest = Packer.pack(source, packed, options, ImageOptions.defaults(), 2, ScanProgress.silent());
        assertThat(manifest.quarantined()).isEmpty();
        SortedSet<String> found = new TreeSet<>();
        for (Split split : Split.values()) {
            Shards.open(packed)
                    .readIndex(
                            split,
                            line -> found.add(split.folder() + "\t" + line.file() + "\t"
                                    + manifest.classes().get(line.label()).name()));
        }
        assertThat(found).isEqualTo(expected);
        assertThat(manifest.odd())
                .extracting(Manifest.Note::reason)
                .contains(year == 2010 ? "gzipped" : "PNG data", "CMYK JPEG");
        ImageFolder data = ImageFolder.open(
                packed, new Preprocessing(64, 56, Pixels.MEAN_IMAGE), LoadOptions.defaults(), ScanProgress.silent());
        assertThat(data.classNames()).hasSize(1000);
        try (BatchStream stream = data.training(Augmentation.none(), 1, 0, 0, 32)) {
            assertThat(stream.next().rows()).isEqualTo(32);
        }
    }
}
