package dev.tandem.imagenet.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tandem.imagenet.ImageSource;
import dev.tandem.imagenet.TestCommands;
import dev.tandem.imagenet.TestImages;
import dev.tandem.imagenet.TestTars;
import dev.tandem.imagenet.decode.ImageDecoder;
import dev.tandem.imagenet.decode.RgbImage;
import dev.tandem.imagenet.decode.Squaring;
import dev.tandem.imagenet.io.Sha256;
import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.imagenet.layout.ImageListing;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.overview.Survey;
import dev.tandem.imagenet.shard.PackOptions.Encoding;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PackerTest {
    private static final PackOptions JPEG = new PackOptions(16, false, Encoding.JPEG, 90, 7, 10, false);

    @TempDir
    Path directory;

    private Path images;
    private Path packed;

    @BeforeEach
    void makeSet() {
        images = directory.resolve("images");
        packed = directory.resolve("packed");
        for (String set : new String[] {"train", "val"}) {
            TestImages.writeNoise(images.resolve(set), set.equals("val") ? 5 : 17, 20, "cat", "dog");
        }
        TestImages.write(
                images.resolve("train/cat/wide.v2.JPEG"),
                TestImages.encode(TestImages.image(64, 32, (x, y) -> x << 18 | y << 11 | 80), "png"));
        TestImages.write(images.resolve("train/dog/page.jpg"), "<html>".getBytes(StandardCharsets.US_ASCII));
    }

    private Manifest pack(PackOptions options, int workers) {
        return Packer.pack(
                ImageSource.open(images, ScanProgress.silent()),
                packed,
                options,
                ImageOptions.defaults(),
                workers,
                ScanProgress.silent());
    }

    /** All files of a folder with their checksums. */
    static SortedMap<String, String> contents(Path folder) throws IOException {
        SortedMap<String, String> sums = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                sums.put(folder.relativize(file).toString(), Sha256.of(file));
            }
        }
        return sums;
    }

    @Test
    void shardsOfScaledImagesAreOthers() {
        ImageListing source = ImageSource.open(images, ScanProgress.silent());
        ImageOptions scaled = ImageOptions.defaults().withScaled(true);
        Packer.pack(source, packed, JPEG, scaled, 1, ScanProgress.silent());
        assertThat(Packer.holds(source, packed, JPEG, scaled)).isTrue();
        assertThat(Packer.holds(source, packed, JPEG, ImageOptions.defaults())).isFalse();
    }

    @Test
    void theManifestTellsWhatIsInTheShards() {
        Manifest manifest = pack(JPEG, 2);
        assertThat(manifest.classes())
                .containsExactly(
                        new Manifest.PackedClass("cat", "cat", null, 18, 5, 0),
                        new Manifest.PackedClass("dog", "dog", null, 17, 5, 0));
        assertThat(manifest.shardsOf(Split.TRAIN)).hasSize(4);
        assertThat(manifest.images(Split.TRAIN)).isEqualTo(35);
        assertThat(manifest.images(Split.VALIDATION)).isEqualTo(10);
        assertThat(manifest.quarantined())
                .containsExactly(
                        new Manifest.Note("train", "dog/page.jpg", "an HTML page, perhaps a failed download's"));
        assertThat(manifest.odd()).containsExactly(new Manifest.Note("train", "cat/wide.v2.JPEG", "PNG data"));
        assertThat(Manifest.read(packed)).get().usingRecursiveComparison().isEqualTo(manifest);
        assertThat(packed.resolve(".pack")).doesNotExist();
        Shards.Verification sound = Shards.open(packed).verify(ScanProgress.silent());
        assertThat(sound.problems()).isEmpty();
        assertThat(sound.images()).isEqualTo(45);
    }

    @Test
    void equalPackingsAreEqualFilesForAnyNumberOfWorkers() throws IOException {
        pack(JPEG, 1);
        SortedMap<String, String> one = contents(packed);
        packed = directory.resolve("again");
        pack(JPEG, 5);
        assertThat(contents(packed)).isEqualTo(one);
        packed = directory.resolve("otherwise");
        pack(new PackOptions(16, false, Encoding.JPEG, 90, 8, 10, false), 2);
        assertThat(contents(packed).get("train-00000.tsv")).isNotEqualTo(one.get("train-00000.tsv"));
    }

    @Test
    void goesOnWhereItWasInterruptedWithoutRedoingShards() throws IOException {
        pack(JPEG, 2);
        SortedMap<String, String> whole = contents(packed);
        packed = directory.resolve("interrupted");
        // Stopped after the training shards: what was packed by then stays.
        RuntimeException stop = new IllegalStateException("stop");
        assertThatThrownBy(() -> Packer.pack(
                        ImageSource.open(images, ScanProgress.silent()),
                        packed,
                        JPEG,
                        ImageOptions.defaults(),
                        2,
                        (set, done, total) -> {
                            if (set.equals("val")) {
                                throw stop;
                            }
                        }))
                .isSameAs(stop);
        assertThat(packed.resolve("manifest.json")).doesNotExist();
        assertThatThrownBy(() -> Shards.open(packed)).hasMessageContaining("not completely packed");
        assertThatThrownBy(() -> pack(PackOptions.defaults(), 1)).hasMessageContaining("other options");
        Path first = packed.resolve("train-00000.tar");
        long written = Files.getLastModifiedTime(first).toMillis();
        Files.delete(packed.resolve("train-00002.tar"));
        Files.write(packed.resolve(".pack/train-00003.tar.part"), new byte[] {1, 2, 3});
        Files.write(packed.resolve(".pack/val-00000.tar.tmp"), new byte[5000]);
        // What a kill between writing and renaming leaves.
        Files.write(packed.resolve("val-00000.tsv.999999999-12ab-3.tmp"), new byte[50]);
        pack(JPEG, 2);
        assertThat(contents(packed)).isEqualTo(whole);
        assertThat(Files.getLastModifiedTime(first).toMillis()).isEqualTo(written);
        pack(JPEG, 2);
        assertThat(contents(packed)).as("a complete folder is left alone").isEqualTo(whole);
    }

    @Test
    void refusesAFolderOfSomethingElse() throws IOException {
        Files.createDirectories(packed);
        Files.writeString(packed.resolve("thesis.tex"), "not to be lost");
        assertThatThrownBy(() -> pack(JPEG, 1)).hasMessageContaining("is not empty, got thesis.tex");
    }

    @Test
    void verificationFindsDamage() throws IOException {
        pack(JPEG, 2);
        Path tar = packed.resolve("train-00001.tar");
        byte[] bytes = Files.readAllBytes(tar);
        bytes[700] ^= 1;
        Files.write(tar, bytes);
        Files.writeString(packed.resolve("val-00000.tsv"), "");
        byte[] statistics = Files.readAllBytes(packed.resolve("statistics.bin"));
        statistics[100] ^= 1;
        Files.write(packed.resolve("statistics.bin"), statistics);
        Files.delete(packed.resolve("train-00003.tar"));
        assertThat(Shards.open(packed).verify(ScanProgress.silent()).problems())
                .hasSize(4)
                .anyMatch(line -> line.startsWith("train-00001.tar: its checksum differs"))
                .anyMatch(line -> line.startsWith("train-00003.tar: "))
                .anyMatch(line -> line.startsWith("val-00000.tar: "))
                .anyMatch(line -> line.startsWith("statistics.bin: "));
    }

    @Test
    void aManifestCannotPointElsewhere() throws IOException {
        pack(JPEG, 2);
        Path manifest = packed.resolve("manifest.json");
        String text = Files.readString(manifest);
        for (String[] change : new String[][] {
            {"train-00000.tar", "../train-00000.tar"},
            {"train-00000.tsv", "/etc/passwd"},
            {"statistics.bin", "../statistics.bin"},
            {"tandem-shards", "other-shards"},
            {"\"classes\"", "\"clauses\""},
            {"{", "["}
        }) {
            Files.writeString(manifest, text.replace(change[0], change[1]));
            assertThatThrownBy(() -> Shards.open(packed)).as(change[1]).hasMessageContaining("cannot be used");
        }
    }

    @Test
    void statisticsAreThoseOfTheSquares() {
        packed = directory.resolve("raw");
        pack(new PackOptions(20, true, Encoding.RAW, 90, 1, 10, false), 3);
        TrainingStatistics packedOnes = Shards.open(packed).statistics().orElseThrow();
        Survey survey = new Survey(
                ImageSource.open(images, ScanProgress.silent()),
                Squaring.ofShorterSide(20),
                ImageOptions.defaults(),
                2,
                ScanProgress.silent());
        assertThat(packedOnes.meanImage()).isEqualTo(survey.sums.statistics().meanImage());
        assertThat(packedOnes.covariance(0, 2))
                .isCloseTo(survey.sums.statistics().covariance(0, 2), within(1e-9));
    }

    @ParameterizedTest
    @EnumSource(Encoding.class)
    void keepsWholeImagesOrSquaresAndTheirPixels(Encoding encoding) throws Exception {
        pack(new PackOptions(32, false, encoding, 95, 1, 1000, false), 2);
        ImageListing source = ImageSource.open(packed, ScanProgress.silent());
        ImageFiles train = source.files(Split.TRAIN);
        RgbImage image = new RgbImage();
        for (int i = 0; i < train.size(); i++) {
            if (train.name(i).equals("cat/wide_v2")) {
                try (ImageDecoder decoder = new ImageDecoder(32, ImageOptions.defaults())) {
                    decoder.decode(train.read(i), image);
                }
            }
        }
        assertThat(image.width()).isEqualTo(64);
        assertThat(image.height()).isEqualTo(32);
        int tolerance = encoding == Encoding.RAW ? 0 : 12;
        assertThat(image.planes()[10 * 64 + 40] & 0xFF).isCloseTo(160, within(tolerance));
        assertThat(image.planes()[(32 + 10) * 64 + 40] & 0xFF).isCloseTo(80, within(tolerance));
    }

    @Test
    void turnsImagesUprightOnlyWhenAsked() throws Exception {
        // Left half dark, right half bright; EXIF 6 says it is to be turned right, so that dark is above.
        byte[] turned = TestImages.jpegWithOrientation(
                TestImages.encode(TestImages.image(32, 32, (x, y) -> x < 16 ? 0x101010 : 0xF0F0F0), "jpg"), 6);
        TestImages.write(images.resolve("train/cat/turned.jpg"), turned);
        for (boolean apply : new boolean[] {false, true}) {
            packed = directory.resolve("turned" + apply);
            Manifest manifest = pack(new PackOptions(32, true, Encoding.RAW, 90, 1, 1000, apply), 2);
            assertThat(manifest.odd()).contains(new Manifest.Note("train", "cat/turned.jpg", "EXIF orientation 6"));
            ImageFiles train = ImageSource.open(packed, ScanProgress.silent()).files(Split.TRAIN);
            for (int i = 0; i < train.size(); i++) {
                if (train.name(i).equals("cat/turned")) {
                    byte[] square = TestImages.decode(train.read(i), 32);
                    assertThat(square[16 * 32 + 2] & 0xFF).isCloseTo(apply ? 0xF0 : 0x10, within(8));
                    assertThat(square[2 * 32 + 16 + 8] & 0xFF).isCloseTo(apply ? 0x10 : 0xF0, within(8));
                    assertThat(square[29 * 32 + 2] & 0xFF).isCloseTo(apply ? 0xF0 : 0x10, within(8));
                }
            }
        }
    }

    @Test
    void keysEndAtTheFirstDotAndAreUnique() {
        assertThat(PackRun.keyOf("n01440764_10026.JPEG")).isEqualTo("n01440764_10026");
        assertThat(PackRun.keyOf("a.b/c.d.e.jpg")).isEqualTo("a.b/c_d_e");
        assertThat(PackRun.keyOf("a.b/plain")).isEqualTo("a.b/plain");
        byte[] png = TestImages.encode(TestImages.noise(20, 20, 1), "png");
        TestImages.write(images.resolve("train/cat/twin.png"), png);
        TestImages.write(images.resolve("train/cat/twin.bmp"), png);
        pack(new PackOptions(16, false, Encoding.JPEG, 90, 1, 1000, false), 1);
        assertThat(Shards.open(packed).verify(ScanProgress.silent()).problems()).isEmpty();
        ImageListing source = ImageSource.open(packed, ScanProgress.silent());
        assertThat(Stream.iterate(0, i -> i + 1).limit(source.size(Split.TRAIN)).map(i -> source.name(Split.TRAIN, i)))
                .contains("cat/twin", "cat/twin-2")
                .doesNotHaveDuplicates();
    }

    @Test
    void takesFoldersOfTars() throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        try (Stream<Path> cats = Files.list(images.resolve("train/cat"))) {
            for (Path cat : (Iterable<Path>) cats::iterator) {
                files.put(cat.getFileName().toString(), Files.readAllBytes(cat));
            }
        }
        pack(JPEG, 2);
        SortedMap<String, String> fromFolders = contents(packed);
        TestTars.write(directory.resolve("tars/train/cat.tar"), TestTars.tar(files));
        Files.move(images.resolve("train/dog"), directory.resolve("tars/train/dog"));
        Files.move(images.resolve("val"), directory.resolve("tars/val"));
        images = directory.resolve("tars");
        packed = directory.resolve("from-tars");
        Manifest manifest = pack(JPEG, 2);
        assertThat(manifest.images(Split.TRAIN)).isEqualTo(35);
        SortedMap<String, String> fromTars = contents(packed);
        fromFolders.remove("manifest.json");
        fromTars.remove("manifest.json");
        assertThat(fromTars).isEqualTo(fromFolders);
    }

    @Test
    void refusesTarEntriesTooLongForAnImage() throws IOException {
        Path tar = directory.resolve("tars/train/cat.tar");
        TestTars.write(tar, TestTars.tar(Map.of("dog.png", new byte[10])));
        for (long size : new long[] {64 << 20, (64 << 20) + 1}) {
            TarArchiveEntry entry = new TarArchiveEntry("huge.png", true);
            entry.setSize(size);
            byte[] header = new byte[512];
            entry.writeEntryHeader(header);
            tar = Files.write(directory.resolve("tars/train/dog.tar"), header);
            try (RandomAccessFile sparse = new RandomAccessFile(tar.toFile(), "rw")) {
                sparse.setLength(512 + size + 2048);
            }
            if (size == 64 << 20) {
                assertThat(ImageSource.open(directory.resolve("tars"), ScanProgress.silent())
                                .size(Split.TRAIN))
                        .isEqualTo(2);
            }
        }
        assertThatThrownBy(() -> ImageSource.open(directory.resolve("tars"), ScanProgress.silent()))
                .hasMessageContaining("dog.tar: an entry is too long to be an image, got 67108865 bytes");
    }

    @ParameterizedTest
    @EnumSource(Encoding.class)
    void plainPythonReadsTheShards(Encoding encoding) throws Exception {
        assumeTrue(TestCommands.exists("python3"), "skipped: python3 is not here");
        pack(new PackOptions(16, true, encoding, 90, 1, 10, false), 2);
        Path script = directory.resolve("read.py");
        Files.writeString(script, """
                import glob, json, os, sys, tarfile
                folder, extension = sys.argv[1:]
                magic = {"jpg": b"\\xff\\xd8\\xff", "ppm": b"P6\\n16 16\\n255\\n"}[extension]
                seen = {}
                for path in sorted(glob.glob(os.path.join(folder, "*.tar"))):
                    samples = {}
                    order = []
                    with tarfile.open(path, "r|") as tar:
                        for member in tar:
                            base = member.name.rsplit("/", 1)[-1]
                            key = member.name[: len(member.name) - len(base)] + base.split(".", 1)[0]
                            if key not in samples:
                                order.append(key)
                            samples.setdefault(key, {})[base.split(".", 1)[1]] = tar.extractfile(member).read()
                    with open(path[:-4] + ".tsv", encoding="utf-8") as index, open(path, "rb") as raw:
                        lines = [line.rstrip("\\n").split("\\t") for line in index]
                        assert [line[0] for line in lines] == order
                        for key, label, offset, length, width, height, name in lines:
                            sample = samples[key]
                            assert sorted(sample) == sorted([extension, "cls", "json"])
                            raw.seek(int(offset))
                            assert raw.read(int(length)) == sample[extension]
                            assert sample[extension].startswith(magic)
                            about = json.loads(sample["json"])
                            assert int(sample["cls"]) == about["label"] == int(label)
                            assert about["file"] == name and about["width"] == int(width)
                            seen[about["split"]] = seen.get(about["split"], 0) + 1
                print(seen["train"], seen["val"])
                """);
        String counts = TestCommands.run("python3", script.toString(), packed.toString(), encoding.extension());
        assertThat(counts).isEqualToIgnoringWhitespace("35 10");
    }
}
