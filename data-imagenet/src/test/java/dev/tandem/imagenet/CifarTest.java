package dev.tandem.imagenet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import dev.tandem.imagenet.decode.BadImage;
import dev.tandem.imagenet.decode.Ppm;
import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.imagenet.layout.ImageListing;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.options.FolderOptions;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.LoadOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.shard.PackOptions;
import dev.tandem.imagenet.shard.PackOptions.Encoding;
import dev.tandem.imagenet.shard.Packer;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.nn.data.Views;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.UserCache;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The original files of CIFAR, which are the same images in every version. */
class CifarTest {
    private static final Preprocessing PREPROCESSING = new Preprocessing(32, 32, Pixels.MEAN_IMAGE);

    @TempDir
    Path folder;

    private static ImageListing open(Path data) {
        return ImageSource.open(data, ScanProgress.silent());
    }

    private ImageFolder opened(Path data, FolderOptions options) {
        LoadOptions load = LoadOptions.defaults().withCacheDirectory(folder.resolve("cache"));
        return ImageFolder.open(data, PREPROCESSING, options, load, ScanProgress.silent());
    }

    private ImageFolder evaluated(Path data, Split split, FolderOptions options) {
        return ImageFolder.openForEvaluation(
                data,
                PREPROCESSING,
                TestCifar.CLASSES,
                opened(TestCifar.write(folder.resolve("trained"), TestCifar.binary()), FolderOptions.defaults())
                        .statistics(),
                split,
                options,
                LoadOptions.defaults().withCacheDirectory(folder.resolve("cache")),
                ScanProgress.silent());
    }

    /** The pixels of a batch's image as the binary portable pixmap that it is read as. */
    private static byte[] pixmap(int batch, int row) {
        return Ppm.write(TestCifar.pixels(batch, row), 32, 32);
    }

    private static void assertIsCifar(ImageListing found) throws BadImage {
        assertThat(found.classNames()).isEqualTo(TestCifar.CLASSES);
        assertThat(found.size(Split.TRAIN)).isEqualTo(5 * TestCifar.ROWS);
        assertThat(found.size(Split.VALIDATION)).isEqualTo(TestCifar.ROWS);
        assertThat(found.size(Split.TEST)).isZero();
        for (int i = 0; i < 6 * TestCifar.ROWS; i++) {
            int batch = i / TestCifar.ROWS;
            int row = i % TestCifar.ROWS;
            ImageFiles files = found.files(batch < 5 ? Split.TRAIN : Split.VALIDATION);
            int index = batch < 5 ? i : row;
            String name = TestCifar.CLASSES.get(TestCifar.label(batch, row));
            assertThat(files.name(index))
                    .isEqualTo(
                            batch < 5
                                    ? "train/" + name + "/data_batch_" + (batch + 1) + "-0000" + row
                                    : "test/" + name + "/test_batch-0000" + row);
            assertThat(files.label(index)).isEqualTo(TestCifar.label(batch, row));
            assertThat(files.read(index)).isEqualTo(pixmap(batch, row));
        }
    }

    static Stream<Map<String, byte[]>> versionsOfTen() {
        return Stream.of(
                TestCifar.binary(),
                TestCifar.python(false, false),
                TestCifar.python(true, false),
                TestCifar.python(false, true),
                TestCifar.python(true, true));
    }

    @ParameterizedTest
    @MethodSource("versionsOfTen")
    void everyVersionIsTheSameImagesInAnyPlace(Map<String, byte[]> files) throws BadImage {
        boolean binary = files.containsKey("test_batch.bin");
        String unpacked = binary ? "cifar-10-batches-bin" : "cifar-10-batches-py";
        String archive = binary ? "cifar-10-binary.tar.gz" : "cifar-10-python.tar.gz";
        Path itself = TestCifar.write(folder.resolve("itself"), files);
        assertIsCifar(open(itself));
        assertThat(open(itself).kind()).isEqualTo(binary ? "CIFAR-10, binary version" : "CIFAR-10, Python version");
        assertThat(ImageSource.countClasses(itself)).isEqualTo(10);

        Path above = folder.resolve("above");
        TestCifar.write(above.resolve(unpacked), files);
        // As the programs leave it that download it.
        TestTars.write(above.resolve(archive), new byte[9]);
        assertIsCifar(open(above));

        Path packed = folder.resolve("packed");
        TestTars.write(packed.resolve(archive), TestCifar.archive(unpacked, files));
        assertIsCifar(open(packed));
        assertIsCifar(open(packed));
        assertIsCifar(open(packed.resolve(archive)));
        assertThat(open(packed).notes()).first().asString().contains(archive + " is unpacked in ");
    }

    @Test
    void bothVersionsOfAHundredClassesHaveTheFineOnes() throws BadImage {
        Path binary = TestCifar.write(folder.resolve("binary"), TestCifar.binary100());
        Path python = TestCifar.write(folder.resolve("python"), TestCifar.python100());
        Path archive = folder.resolve("archive");
        TestTars.write(
                archive.resolve("cifar-100-python.tar.gz"),
                TestCifar.archive("cifar-100-python", TestCifar.python100()));
        for (Path data : List.of(binary, python, archive)) {
            ImageListing found = open(data);
            assertThat(found.classNames()).hasSize(100).startsWith("thing_0", "thing_1");
            for (int row = 0; row < TestCifar.ROWS; row++) {
                int label = 10 * TestCifar.label(0, row);
                assertThat(found.label(Split.TRAIN, row)).isEqualTo(label);
                assertThat(found.name(Split.TRAIN, row)).isEqualTo("train/thing_" + label + "/train-0000" + row);
                assertThat(found.files(Split.TRAIN).read(row)).isEqualTo(pixmap(0, row));
                assertThat(found.files(Split.VALIDATION).read(row)).isEqualTo(pixmap(5, row));
            }
        }
        assertThat(open(binary).kind()).isEqualTo("CIFAR-100, binary version");
        assertThat(ImageSource.countClasses(python)).isEqualTo(100);
    }

    /** Nothing is resized or lost: a network's input is the pixel less the mean. */
    @Test
    void pixelsReachTheNetworkAsTheyAre() {
        ImageFolder data = opened(TestCifar.write(folder.resolve("a"), TestCifar.binary()), FolderOptions.defaults());
        float[] mean = data.statistics().meanImage();
        try (BatchStream batches = data.validation(Views.CENTRE, TestCifar.ROWS)) {
            HostBatch batch = batches.next();
            FloatBuffer inputs = batch.images();
            for (int row = 0; row < TestCifar.ROWS; row++) {
                assertThat(batch.labels()[row]).isEqualTo(TestCifar.label(5, row));
                byte[] pixels = TestCifar.pixels(5, row);
                for (int i = 0; i < pixels.length; i++) {
                    assertThat(inputs.get()).isEqualTo((pixels[i] & 0xFF) - mean[i]);
                }
            }
        }
        double sum = 0;
        for (int batch = 0; batch < 5; batch++) {
            for (int row = 0; row < TestCifar.ROWS; row++) {
                sum += TestCifar.pixels(batch, row)[77] & 0xFF;
            }
        }
        assertThat(mean[77]).isEqualTo((float) (sum / (5 * TestCifar.ROWS)));
    }

    /** A run goes on with whichever version is there. */
    @Test
    void theFingerprintIsThatOfTheImagesWhateverTheVersion() {
        ImageFolder binary = opened(TestCifar.write(folder.resolve("a"), TestCifar.binary()), FolderOptions.defaults());
        ImageFolder python =
                opened(TestCifar.write(folder.resolve("b"), TestCifar.python(false, false)), FolderOptions.defaults());
        assertThat(python.fingerprint()).isEqualTo(binary.fingerprint());
        Map<String, byte[]> changed = TestCifar.binary();
        changed.get("data_batch_2.bin")[1]++;
        ImageFolder other = opened(TestCifar.write(folder.resolve("c"), changed), FolderOptions.defaults());
        assertThat(other.fingerprint()).isNotEqualTo(binary.fingerprint());
    }

    @Test
    void testImagesAreValidatedOnUnlessSomethingElseIsChosen() {
        Path data = TestCifar.write(folder.resolve("a"), TestCifar.binary());
        assertThat(open(data).notes())
                .contains(
                        "Validation images are taken from test_batch.bin, as there are no others",
                        "CIFAR-10, binary version has 50,000 images in train, these files 20",
                        "CIFAR-10, binary version has 10,000 images in test, these files 4");
        FolderOptions split = FolderOptions.defaults().withSplit(0.5, 7);
        ImageListing halves = ImageSource.open(data, split, ScanProgress.silent());
        assertThat(halves.size(Split.TRAIN) + halves.size(Split.VALIDATION)).isEqualTo(20);
        assertThat(halves.size(Split.VALIDATION)).isPositive();
        assertThat(halves.size(Split.TEST)).isEqualTo(TestCifar.ROWS);
        FolderOptions none = FolderOptions.defaults().withValidation(FolderOptions.Validation.NONE);
        ImageListing alone = ImageSource.open(data, none, ScanProgress.silent());
        assertThat(alone.size(Split.VALIDATION)).isZero();
        assertThat(alone.size(Split.TEST)).isEqualTo(TestCifar.ROWS);

        for (Split wanted : List.of(Split.VALIDATION, Split.TEST)) {
            ImageFolder evaluated = evaluated(data, wanted, FolderOptions.defaults());
            assertThat(evaluated.validationSize()).isEqualTo(TestCifar.ROWS);
            assertThat(evaluated.validationName(0)).startsWith("test/");
        }
        assertThat(evaluated(data, Split.TEST, split).validationSize()).isEqualTo(TestCifar.ROWS);
        assertThat(evaluated(data, Split.VALIDATION, split).validationSize()).isEqualTo(halves.size(Split.VALIDATION));
    }

    @Test
    void theTestImagesAloneAreEvaluated() {
        Map<String, byte[]> files = TestCifar.python(false, false);
        files.keySet().removeIf(name -> name.startsWith("data_batch"));
        Path data = TestCifar.write(folder.resolve("a"), files);
        ImageFolder evaluated = evaluated(data, Split.VALIDATION, FolderOptions.defaults());
        assertThat(evaluated.validationSize()).isEqualTo(TestCifar.ROWS);
        assertThat(evaluated.label(Split.VALIDATION, 1)).isEqualTo(TestCifar.label(5, 1));
        assertThatThrownBy(() -> opened(data, FolderOptions.defaults()))
                .hasMessageContaining("nothing to train on")
                .hasMessageContaining("CIFAR-10, Python version");
        files.remove("test_batch");
        files.put("data_batch_1", TestCifar.python(false, false).get("data_batch_1"));
        Path without = TestCifar.write(folder.resolve("b"), files);
        assertThatThrownBy(() -> evaluated(without, Split.TEST, FolderOptions.defaults()))
                .hasMessageContaining("no images to evaluate on");
    }

    @Test
    void classFoldersCountFirst() {
        TestImages.writeNoise(folder.resolve("train"), 2, 32, "cat", "dog");
        TestImages.writeNoise(folder.resolve("test"), 1, 32, "cat", "dog");
        TestTars.write(folder.resolve("cifar-10-binary.tar.gz"), new byte[9]);
        assertThat(open(folder).kind()).isEqualTo("class folders");
        Path bare = folder.resolve("bare");
        TestImages.writeNoise(bare, 5, 32, "cat", "dog");
        TestTars.write(bare.resolve("cifar-10-binary.tar.gz"), new byte[9]);
        assertThat(open(bare).kind()).isEqualTo("class folders");
        // A folder for other things is none of classes.
        Path batches = TestCifar.write(folder.resolve("batches"), TestCifar.binary());
        TestTars.write(batches.resolve("runs/a/log.jsonl"), new byte[9]);
        assertThat(open(batches).kind()).isEqualTo("CIFAR-10, binary version");
    }

    @Test
    void packedPixelsAreTheSame() throws BadImage {
        Path data = TestCifar.write(folder.resolve("a"), TestCifar.python(false, false));
        PackOptions options = new PackOptions(32, false, Encoding.RAW, 90, 7, 10, false);
        Packer.pack(open(data), folder.resolve("b"), options, ImageOptions.defaults(), 2, ScanProgress.silent());
        ImageListing shards = open(folder.resolve("b"));
        assertThat(shards.kind()).isEqualTo("shards of CIFAR-10, Python version");
        assertThat(shards.classNames()).isEqualTo(TestCifar.CLASSES);
        ImageFiles files = shards.files(Split.VALIDATION);
        for (int i = 0; i < TestCifar.ROWS; i++) {
            boolean found = false;
            for (int row = 0; row < TestCifar.ROWS; row++) {
                found |= files.label(i) == TestCifar.label(5, row) && Arrays.equals(files.read(i), pixmap(5, row));
            }
            assertThat(found).as("image %s", i).isTrue();
        }
    }

    @Test
    void listingsTravel() throws IOException, BadImage {
        ImageFiles files =
                open(TestCifar.write(folder.resolve("a"), TestCifar.binary())).files(Split.TRAIN);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        files.write(new DataOutputStream(bytes));
        ImageFiles arrived = ImageFiles.read(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
        assertThat(arrived.read(6)).isEqualTo(pixmap(1, 2));
    }

    @Test
    void filesWithoutClassesAreNotSearchedForInBatches() {
        Path data = TestCifar.write(folder.resolve("a"), TestCifar.binary());
        assertThatThrownBy(() -> UnlabelledImages.list(List.of(data)))
                .hasMessageContaining("holds the files of CIFAR")
                .hasMessageContaining("--encoding raw");
    }

    @Test
    void otherFileSystemsAreReadInPlaceAndArchivesThereAreNot() throws IOException, BadImage {
        try (FileSystem memory = Jimfs.newFileSystem(Configuration.unix())) {
            assertIsCifar(open(TestCifar.write(memory.getPath("/a"), TestCifar.binary())));
            assertIsCifar(open(TestCifar.write(memory.getPath("/b"), TestCifar.python(false, false))));
            TestTars.write(memory.getPath("/c/cifar-10-binary.tar.gz"), TestCifar.archive("x", TestCifar.binary()));
            assertThatThrownBy(() -> open(memory.getPath("/c")))
                    .hasMessageContaining("another file system")
                    .hasMessageContaining("tar -xzf");
        }
    }

    @Test
    void anArchiveIsUnpackedAgainOnlyIfItHasChanged() throws IOException, BadImage {
        Path archive = folder.resolve("cifar-10-binary.tar.gz");
        byte[] whole = TestCifar.archive("cifar-10-batches-bin", TestCifar.binary());
        TestTars.write(archive, TestCifar.cut(whole, whole.length / 2));
        assertThatThrownBy(() -> open(folder))
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_DATA))
                .hasMessageContaining("it is damaged, or no gzipped tar")
                .hasMessageContaining("download it again");
        TestTars.write(archive, whole);
        assertIsCifar(open(folder));
        Path copy = copyOf(open(folder));
        Files.delete(copy.resolve("data_batch_4.bin"));
        assertThatThrownBy(() -> open(folder)).hasMessageContaining("a batch is missing");

        Map<String, byte[]> files = TestCifar.binary();
        files.put("test_batch.bin", files.get("data_batch_1.bin"));
        TestTars.write(archive, TestCifar.archive("cifar-10-batches-bin", files));
        ImageListing changed = open(folder);
        assertThat(changed.files(Split.VALIDATION).read(0)).isEqualTo(pixmap(0, 0));
        assertThat(copyOf(changed)).isNotEqualTo(copy);
        assertThat(copy).doesNotExist();
        assertThat(copyOf(changed)).startsWith(UserCache.folder().orElseThrow());
    }

    @Test
    void anArchiveWhoseBytesAreNotWhatWasCompressedIsRefused() {
        byte[] tar = TestTars.tar(TestCifar.binary());
        // As tar pads it, to records of 10,240 bytes: a reader of the tar does not look for more.
        byte[] archive = TestTars.gzip(Arrays.copyOf(tar, (tar.length / 10_240 + 1) * 10_240));
        // The checksum of gzip stands before the length, in the last eight bytes.
        archive[archive.length - 5] ^= 1;
        TestTars.write(folder.resolve("cifar-10-binary.tar.gz"), archive);
        assertThatThrownBy(() -> open(folder))
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_DATA))
                .hasMessageContaining("it is damaged, or no gzipped tar");
    }

    private static Path copyOf(ImageListing listing) {
        return listing.files(Split.TRAIN).path(0).getParent();
    }

    @Test
    void anArchiveIsComparedWithItsPublishedSum() {
        TestTars.write(folder.resolve("cifar-100-binary.tar.gz"), new byte[9]);
        assertThatThrownBy(() -> ImageSource.requirePublishedChecksums(folder, ScanProgress.silent()))
                .hasMessageContaining("03b5dce01913d631647c71ecec9e9cb8");
    }

    private void assertRefused(Map<String, byte[]> files, String... parts) {
        Path data = folder.resolve("refused-" + files.hashCode());
        TestCifar.write(data, files);
        assertThatThrownBy(() -> open(data))
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_DATA))
                .message()
                .contains(parts);
    }

    private static Map<String, byte[]> binaryWith(String name, byte[] bytes) {
        Map<String, byte[]> files = TestCifar.binary();
        files.put(name, bytes);
        return files;
    }

    @Test
    void whatIsMissingOrMixedIsNamed() {
        Map<String, byte[]> files = TestCifar.binary();
        files.remove("data_batch_3.bin");
        assertRefused(
                files,
                "data_batch_3.bin: a batch is missing",
                "got only data_batch_1.bin, data_batch_2.bin, data_batch_4.bin, data_batch_5.bin");
        files.put("data_batch_3", TestCifar.python(false, false).get("data_batch_3"));
        assertRefused(files, "several data sets lie together", "CIFAR-10, binary version; CIFAR-10, Python version");
        Map<String, byte[]> unnamed = TestCifar.binary();
        unnamed.remove("batches.meta.txt");
        assertRefused(unnamed, "batches.meta.txt: the names of the classes are missing");
        assertRefused(
                binaryWith("batches.meta.txt", TestTars.ascii("cat\ndog\n")),
                "batches.meta.txt: another number of classes, got 2, expected 10");
        String twice = String.join("\n", TestCifar.CLASSES).replace("dog", "cat");
        assertRefused(
                binaryWith("batches.meta.txt", TestTars.ascii(twice)), "batches.meta.txt: two classes have one name");
        assertRefused(
                binaryWith("batches.meta.txt", TestTars.ascii(twice.replaceFirst("cat", "../cat"))),
                "batches.meta.txt: a class has an impossible name, got ../cat");
        TestCifar.write(folder.resolve("two/cifar-100-binary"), TestCifar.binary100());
        TestCifar.write(folder.resolve("two/cifar-10-batches-bin"), TestCifar.binary());
        assertThatThrownBy(() -> open(folder.resolve("two")))
                .hasMessageContaining("Pass the folder of one, such as " + folder.resolve("two/cifar-10-batches-bin"));
    }

    @Test
    void damagedBinaryBatchesAreNamedWithTheRow() {
        byte[] batch = TestCifar.binary().get("data_batch_4.bin");
        assertRefused(
                binaryWith("data_batch_4.bin", TestCifar.cut(batch, batch.length - 1)),
                "data_batch_4.bin: it is cut off in row 3, got 12291 bytes, expected a multiple of 3073 bytes");
        assertRefused(
                binaryWith("data_batch_4.bin", TestCifar.cut(batch, 2 * 3073)),
                "data_batch_4.bin: it has another number of images than data_batch_1.bin, got 2, expected 4");
        assertRefused(binaryWith("data_batch_4.bin", new byte[0]), "data_batch_4.bin: it is empty or too long");
        byte[] wrong = batch.clone();
        wrong[2 * 3073] = 10;
        assertRefused(
                binaryWith("data_batch_4.bin", wrong),
                "data_batch_4.bin: the label of row 2 is out of range, got 10, expected 0 to 9");
        Map<String, byte[]> hundred = TestCifar.binary100();
        hundred.get("train.bin")[3074] = 20;
        assertRefused(hundred, "train.bin: the coarse label of row 1 is out of range, got 20, expected 0 to 19");
    }

    private void assertRefusedPickle(byte[] batch, String... parts) {
        Map<String, byte[]> files = TestCifar.python(false, false);
        files.put("data_batch_2", batch);
        assertRefused(files, parts);
    }

    private static byte[] pickled(String key, Object value) {
        Map<String, Object> entries = TestCifar.entries(1, false);
        entries.put(key, value);
        return TestPickle.python2(entries);
    }

    @Test
    void damagedPickledBatchesAreNamedWithTheRow() {
        assertRefusedPickle(
                pickled("labels", List.of(1, 2, 3, 10)),
                "data_batch_2: the label of row 3 is out of range, got 10, expected 0 to 9");
        assertRefusedPickle(
                pickled("labels", List.of(1, "x", 3, 1)), "data_batch_2: the label of row 1 is out of range, got -1");
        assertRefusedPickle(pickled("labels", "none"), "data_batch_2: it has no labels");
        assertRefusedPickle(
                pickled("labels", List.of(1, 2, 3)),
                "data_batch_2: labels and pixels do not fit, got [4, 3072], expected [3, 3072]");
        assertRefusedPickle(pickled("data", "none"), "data_batch_2: it has no pixels");
        byte[] bytes = TestCifar.array(1, false).bytes();
        assertRefusedPickle(
                pickled("data", new TestPickle.Array(4, 3072, TestCifar.cut(bytes, 9000), false)),
                "data_batch_2: its pixels are cut off, got 9000 bytes, expected 4 rows of pixels");
        Map<String, Object> entries = new LinkedHashMap<>(TestCifar.entries(1, false));
        entries.put("data", new TestPickle.Array(4, 3072, TestCifar.cut(bytes, 9000), false));
        assertRefusedPickle(TestPickle.python3(entries), "data_batch_2: its pixels are no bytes");
    }

    /** A pickle is a program: nothing of it is run that is not an array of numpy's. */
    @Test
    void picklesOfAnythingElseAreRefused() {
        byte[] batch = TestCifar.python(false, false).get("data_batch_2");
        assertRefusedPickle(TestCifar.cut(batch, 7000), "data_batch_2: it is cut off");
        assertRefusedPickle(TestCifar.cut(batch, batch.length + 1), "something is left behind its end");
        assertRefusedPickle(TestTars.ascii("(dp1\nS'labels'\np2\ns."), "data_batch_2: it is no pickle of protocol 2");
        assertRefusedPickle(
                program("cos\nsystem\n(U\u0002idtR."),
                "it is a program that calls what no batch needs, got os.system",
                "numpy's arrays");
        assertRefusedPickle(program("cnumpy\nndarray\n)R."), "a call that no batch needs");
        assertRefusedPickle(program("\u0095\u0001."), "an instruction 0x95 that no batch needs near byte 3");
        assertRefusedPickle(program("]q\u0001h\u0001a."), "it is no batch, got a pickle of something else");
        assertRefusedPickle(program("}]Ns."), "a key is no text");
        assertRefusedPickle(program("h\u0007."), "refers to a value that it does not have");
        assertRefusedPickle(program("(q\u0001h\u0001."), "refers to a value that it does not have");
        assertRefusedPickle(program("e."), "a value is missing");
        assertRefusedPickle(program("T\u00ff\u00ff\u00ff\u00ff."), "data_batch_2: it is cut off");
        assertRefusedPickle(program("N".repeat((1 << 20) + 1) + "."), "more than 1048576 instructions");
        byte[] later = batch.clone();
        later[1] = 4;
        assertRefusedPickle(later, "data_batch_2: it is no pickle of protocol 2");
    }

    private static byte[] program(String instructions) {
        return ("\u0080\u0002" + instructions).getBytes(StandardCharsets.ISO_8859_1);
    }
}
