package dev.tandem.imagenet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.imagenet.io.Sha256;
import dev.tandem.imagenet.layout.archive.Devkit;
import dev.tandem.imagenet.layout.archive.TarListing;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.shard.Manifest;
import dev.tandem.imagenet.shard.PackOptions;
import dev.tandem.imagenet.shard.Shards;
import dev.tandem.testkit.MutatedFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Shards, archives and development kits may be damaged, or a stranger's: they are read or refused. */
@Timeout(7200)
class MutatedDataFilesTest {
    private static final String KEY = "000000";

    @TempDir
    private Path folder;

    private Path shards;

    /** A folder of one shard of one image, as packing writes it. */
    @BeforeEach
    void writeShard() throws IOException {
        shards = Files.createDirectory(folder.resolve("shards"));
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put(KEY + ".jpg", new byte[700]);
        entries.put(KEY + ".cls", TestTars.ascii("0"));
        entries.put(KEY + ".json", TestTars.ascii("{}"));
        byte[] tar = TestTars.tar(entries);
        byte[] index = (KEY + "\t0\t512\t700\t64\t48\ta b.jpg\n").getBytes(StandardCharsets.UTF_8);
        Files.write(shards.resolve("train-00000.tar"), tar);
        Files.write(shards.resolve("train-00000.tsv"), index);
        writeManifest(tar, index);
    }

    private void writeManifest(byte[] tar, byte[] index) {
        Manifest.Shard shard = new Manifest.Shard(
                "train-00000.tar", "train", 1, tar.length, Sha256.of(tar), "train-00000.tsv", Sha256.of(index));
        Manifest manifest = new Manifest(
                Manifest.FORMAT,
                Manifest.VERSION,
                "test",
                "plan",
                PackOptions.defaults(),
                List.of(
                        new Manifest.PackedClass("cat", "a cat", 1, 1, 0, 0),
                        new Manifest.PackedClass("dog", "a dog", null, 0, 0, 0)),
                List.of(shard),
                null,
                List.of(new Manifest.Note("train", "a.jpg", "a damaged JPEG")),
                List.of());
        try {
            manifest.write(shards);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void open() {
        Shards opened = Shards.open(shards);
        opened.verify((set, done, total) -> {});
        opened.statistics();
        opened.listing();
    }

    @Test
    void manifest() throws IOException {
        Path file = shards.resolve(Manifest.FILE);
        int refused =
                MutatedFiles.of("manifest.json", file, Files.readAllBytes(file)).eachIsReadOrRefused(this::open);
        assertThat(refused).isPositive();
    }

    @Test
    void index() throws IOException {
        Path file = shards.resolve("train-00000.tsv");
        byte[] tar = Files.readAllBytes(shards.resolve("train-00000.tar"));
        int refused = MutatedFiles.of("index", file, Files.readAllBytes(file))
                .repairedBy(bytes -> {
                    writeManifest(tar, bytes);
                    return bytes;
                })
                .eachIsReadOrRefused(this::open);
        assertThat(refused).isPositive();
    }

    @Test
    void shard() throws IOException {
        Path file = shards.resolve("train-00000.tar");
        byte[] index = Files.readAllBytes(shards.resolve("train-00000.tsv"));
        MutatedFiles.of("shard", file, Files.readAllBytes(file))
                .repairedBy(bytes -> {
                    writeManifest(bytes, index);
                    return bytes;
                })
                .eachIsReadOrRefused(this::open);
    }

    @Test
    void tar() {
        Path file = folder.resolve("train.tar");
        byte[] plain = TestTars.tar(Map.of("n01000000/a.JPEG", new byte[700], "n02000000/b.JPEG", new byte[3]));
        byte[] longNames = TestTars.tar(Map.of("n".repeat(150) + "/" + "a".repeat(200), new byte[10]));
        int refused = MutatedFiles.of("tar", file, plain, longNames)
                .eachIsReadOrRefused(() -> TarListing.list(file, (name, offset, length) -> {}));
        assertThat(refused).isPositive();
    }

    @Test
    void metaMat() throws IOException {
        Path kit = Files.createDirectories(folder.resolve("kit/data"));
        int refused = MutatedFiles.of("meta.mat", kit.resolve("meta.mat"), TestTars.metaMat(2012))
                .eachIsReadOrRefused(() -> Devkit.read(kit.getParent(), 2012));
        assertThat(refused).isPositive();
    }

    @Test
    void developmentKit() {
        Path file = folder.resolve("ILSVRC2012_devkit_t12.tar.gz");
        byte[] tar = TestTars.tar(Map.of(
                "devkit/data/meta.mat",
                TestTars.metaMat(2012),
                "devkit/data/ILSVRC2012_validation_ground_truth.txt",
                TestTars.ascii("1\n2\n3\n")));
        int refused = MutatedFiles.of("development kit", file, tar, TestTars.gzip(tar))
                .repairedBy(bytes -> bytes.length > 1000 ? TestTars.gzip(bytes) : bytes)
                .eachIsReadOrRefused(() -> Devkit.read(file, 2012));
        assertThat(refused).isPositive();
    }

    @Test
    void groundTruth() {
        Path file = folder.resolve("truth.txt");
        int refused = MutatedFiles.of("ground truth", file, TestTars.ascii("1\n2\n3\n999\n"))
                .eachIsReadOrRefused(() -> Devkit.groundTruth(file));
        assertThat(refused).isPositive();
    }

    private int refusedListings(String kind, Map<String, byte[]> files, String name) {
        Path data = TestCifar.write(folder.resolve(kind), files);
        return MutatedFiles.of(kind, data.resolve(name), files.get(name))
                .eachIsReadOrRefused(() -> ImageSource.open(data, ScanProgress.silent()));
    }

    @Test
    void filesOfCifar() {
        assertThat(refusedListings("cifar-binary", TestCifar.binary(), "data_batch_1.bin"))
                .isPositive();
        assertThat(refusedListings("cifar-names", TestCifar.binary(), "batches.meta.txt"))
                .isPositive();
        assertThat(refusedListings("cifar-python", TestCifar.python(false, false), "test_batch"))
                .isPositive();
        assertThat(refusedListings("cifar-pickled-names", TestCifar.python(false, false), "batches.meta"))
                .isPositive();
    }
}
