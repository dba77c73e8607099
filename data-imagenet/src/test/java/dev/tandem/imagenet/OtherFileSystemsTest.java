package dev.tandem.imagenet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import dev.tandem.imagenet.io.Sha256;
import dev.tandem.imagenet.layout.ImageListing;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.LoadOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.shard.Manifest;
import dev.tandem.imagenet.shard.PackOptions;
import dev.tandem.imagenet.shard.PackOptions.Encoding;
import dev.tandem.imagenet.shard.Packer;
import dev.tandem.imagenet.shard.Shards;
import dev.tandem.nn.checkpoint.Safetensors;
import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.FolderLock;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Data on file systems that are not of this machine: in memory, and in a zip. */
class OtherFileSystemsTest {
    private static final PackOptions OPTIONS = new PackOptions(16, false, Encoding.JPEG, 90, 7, 10, false);
    private static final Preprocessing PREPROCESSING = new Preprocessing(16, 12, Preprocessing.Pixels.MEAN_IMAGE);

    @TempDir
    Path local;

    private FileSystem memory;

    @BeforeEach
    void open() {
        memory = Jimfs.newFileSystem(Configuration.unix());
    }

    @AfterEach
    void close() throws IOException {
        memory.close();
    }

    private static void writeClasses(Path folder) {
        TestImages.writeNoise(folder.resolve("train"), 12, 20, "cat", "dog");
        TestImages.writeNoise(folder.resolve("val"), 5, 20, "cat");
        byte[] png = TestImages.encode(TestImages.noise(20, 30, 1), "png");
        TestImages.write(folder.resolve("val/dog.tar"), TestTars.tar(Map.of("a.png", png, "notes.txt", png)));
        TestImages.write(folder.resolve("train/dog/page.jpg"), TestTars.ascii("<html>"));
        TestImages.write(folder.resolve("train/cat/read me.txt"), TestTars.ascii("text"));
    }

    private static Manifest pack(Path images, Path packed) {
        ImageListing source = ImageSource.open(images, ScanProgress.silent());
        return Packer.pack(source, packed, OPTIONS, ImageOptions.defaults(), 2, ScanProgress.silent());
    }

    private static SortedMap<String, String> contents(Path folder) throws IOException {
        SortedMap<String, String> sums = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                sums.put(folder.relativize(file).toString(), Sha256.of(file));
            }
        }
        return sums;
    }

    private float[] firstBatch(Path data) {
        LoadOptions load = LoadOptions.defaults().withCacheDirectory(local.resolve("cache"));
        ImageFolder opened = ImageFolder.open(data, PREPROCESSING, load, ScanProgress.silent());
        try (BatchStream batches = opened.training(Augmentation.none(), 3, 1, 0, 8)) {
            FloatBuffer images = batches.next().images();
            float[] values = new float[images.remaining()];
            images.get(values);
            return values;
        }
    }

    @Test
    void classFoldersAndTarsInMemoryAreReadAndPackedAsOnDisk() throws IOException {
        Path folder = memory.getPath("/data/images");
        writeClasses(folder);
        writeClasses(local.resolve("images"));
        pack(local.resolve("images"), local.resolve("packed"));
        pack(folder, memory.getPath("/data/packed"));
        assertThat(contents(memory.getPath("/data/packed"))).isEqualTo(contents(local.resolve("packed")));
        assertThat(Shards.open(memory.getPath("/data/packed"))
                        .verify(ScanProgress.silent())
                        .problems())
                .isEmpty();
        assertThat(firstBatch(folder)).isEqualTo(firstBatch(local.resolve("images")));
        assertThat(firstBatch(memory.getPath("/data/packed"))).isEqualTo(firstBatch(local.resolve("packed")));
    }

    @Test
    void officialArchivesInMemoryAreReadAndPackedAsOnDisk() throws IOException {
        Path folder = Files.createDirectories(memory.getPath("/ilsvrc"));
        TestTars.writeYear(folder, 2012);
        TestTars.writeYear(local.resolve("ilsvrc"), 2012);
        pack(local.resolve("ilsvrc"), local.resolve("packed"));
        pack(folder, memory.getPath("/packed"));
        assertThat(contents(memory.getPath("/packed"))).isEqualTo(contents(local.resolve("packed")));
    }

    @Test
    void aFolderInAZipIsReadAsItIs() throws IOException {
        writeClasses(local.resolve("images"));
        pack(local.resolve("images"), local.resolve("packed"));
        try (FileSystem zip = FileSystems.newFileSystem(local.resolve("x.zip"), Map.of("create", "true"))) {
            writeClasses(zip.getPath("/images"));
        }
        try (FileSystem zip = FileSystems.newFileSystem(local.resolve("x.zip"))) {
            assertThat(firstBatch(zip.getPath("/images"))).isEqualTo(firstBatch(local.resolve("images")));
            pack(zip.getPath("/images"), local.resolve("other"));
            assertThat(contents(local.resolve("other"))).isEqualTo(contents(local.resolve("packed")));
        }
    }

    @Test
    void filesWithoutClassesAreListedInMemory() {
        Path folder = memory.getPath("/photos");
        TestImages.writeNoise(folder, 2, 20, "x");
        UnlabelledImages images = UnlabelledImages.list(List.of(folder));
        assertThat(images.name(1)).isEqualTo("/photos/x/image_001.png");
        assertThat(images.length(1)).isPositive();
        assertThat(images.changed(1)).isPositive();
        assertThatThrownBy(() -> UnlabelledImages.list(List.of(folder, local)))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("two file systems");
    }

    @Test
    void weightsInMemoryAreReadAndWritten() {
        Path file = memory.getPath("/weights/w.safetensors");
        float[] weights = {1, -2, 3};
        Safetensors.write(file, Map.of("k", "v"), List.of(new Safetensors.Entry("w", Shape.of(3), () -> weights)));
        try (Safetensors read = Safetensors.open(file)) {
            assertThat(read.metadata()).containsEntry("k", "v");
            assertThat(read.read("w", Shape.of(3))).isEqualTo(weights);
        }
    }

    @Test
    void aFolderWithoutLocksIsStillTheProcessesOwnOnce() throws IOException {
        Path file = Files.createDirectories(memory.getPath("/run")).resolve("lock");
        try (FolderLock lock = FolderLock.acquire(file, "test")) {
            assertThat(FolderLock.holder(file, "test")).isPresent();
            assertThatThrownBy(() -> FolderLock.acquire(file, "test"))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("in use");
            assertThat(lock).isNotNull();
        }
        assertThat(FolderLock.holder(file, "test")).isEmpty();
        FolderLock.acquire(file, "test").close();
    }
}
