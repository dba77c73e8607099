package dev.tandem.spark.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.ImageSource;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.LoadOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.shard.PackOptions;
import dev.tandem.imagenet.shard.Packer;
import dev.tandem.imagenet.shard.Shards;
import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.runtime.Tandem;
import dev.tandem.spark.Checksums;
import dev.tandem.spi.AtomicFile;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Locations;
import dev.tandem.spi.RandomAccessInput;
import dev.tandem.spi.TandemException;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The disk of this machine by way of Hadoop, beside itself. */
class HadoopPathsTest {
    @TempDir
    Path local;

    private Path shared(Path path) {
        return Locations.path("shared://" + path);
    }

    @ParameterizedTest
    @ValueSource(strings = {"shared:///a/b", "shared:///", "shared:///with space/100%/#?ü", "shared:///a:b"})
    void theTextOfAPathLeadsBackToIt(String text) {
        Path path = Locations.path(text);
        assertThat(path.toString()).isEqualTo(text);
        assertThat(Locations.path(path.toString())).isEqualTo(path).hasSameHashCodeAs(path);
        assertThat(Path.of(path.toUri().getPath())).isEqualTo(Path.of(text.substring("shared://".length())));
        assertThat(path.isAbsolute()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"a/b, c", "a, ../c", "/a/b, c/d", "/a/b, /c", "/, a", "/a/./b/../c, x", "'', x", "/a/b, ''"})
    void pathsAreTakenApartAsThoseOfThisMachine(String first, String second) {
        Path ours = shared(local).getFileSystem().getPath(first);
        Path theirs = Path.of(first);
        assertSame(ours.resolve(second), theirs.resolve(second));
        assertSame(ours.normalize(), theirs.normalize());
        assertSame(ours.getParent(), theirs.getParent());
        assertSame(ours.resolve(second).getFileName(), theirs.resolve(second).getFileName());
        assertSame(ours.resolve("x/y").getParent(), theirs.resolve("x/y").getParent());
        assertSame(ours.relativize(ours.resolve("x/y")), theirs.relativize(theirs.resolve("x/y")));
        assertThat(ours.resolve(second).startsWith(ours))
                .isEqualTo(theirs.resolve(second).startsWith(theirs));
        assertThat(ours.isAbsolute()).isEqualTo(theirs.isAbsolute());
    }

    private static void assertSame(Path ours, Path theirs) {
        if (theirs == null || theirs.toString().isEmpty()) {
            assertThat(ours == null || ours.toString().isEmpty()).isTrue();
        } else {
            assertThat(ours.toString().replace("shared://", "")).isEqualTo(theirs.toString());
        }
    }

    @Test
    void filesAreWrittenReadMovedAndDeleted() throws IOException {
        Path folder = shared(local).resolve("a/b");
        Path file = folder.resolve("x y.bin");
        AtomicFile.write(file, new byte[] {1, 2, 3});
        AtomicFile.write(file, new byte[] {4, 5, 6, 7});
        assertThat(Files.readAllBytes(local.resolve("a/b/x y.bin"))).containsExactly(4, 5, 6, 7);
        assertThat(Files.readAllBytes(file)).containsExactly(4, 5, 6, 7);
        assertThat(Files.size(file)).isEqualTo(4);
        try (RandomAccessInput input = RandomAccessInput.open(file)) {
            ByteBuffer two = ByteBuffer.allocate(2);
            input.readFully(two, 2);
            assertThat(two.array()).containsExactly(6, 7);
            assertThatThrownBy(() -> input.readFully(ByteBuffer.allocateDirect(2), 3))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("ends at 4");
        }
        try (Stream<Path> entries = Files.list(folder)) {
            assertThat(entries).containsExactly(file);
        }
        Files.setLastModifiedTime(file, FileTime.fromMillis(5000));
        assertThat(Files.getLastModifiedTime(local.resolve("a/b/x y.bin")).toMillis())
                .isEqualTo(5000);
        Path moved = Files.move(file, folder.resolve("z"), StandardCopyOption.ATOMIC_MOVE);
        assertThat(Files.exists(file)).isFalse();
        assertThat(moved.toRealPath()).isEqualTo(moved);
        assertThatThrownBy(() -> Files.delete(folder)).isInstanceOf(DirectoryNotEmptyException.class);
        Files.delete(moved);
        Files.delete(folder);
        assertThat(local.resolve("a/b")).doesNotExist();
    }

    @Test
    void whatIsNotThereOrInTheWayIsSaidAsJavaDoes() throws IOException {
        Path nothing = shared(local).resolve("nothing");
        Path file = Files.write(shared(local).resolve("file"), new byte[1]);
        assertThatThrownBy(() -> Files.size(nothing)).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> RandomAccessInput.open(nothing)).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> Files.newInputStream(nothing)).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> Files.list(nothing)).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> Files.list(file)).isInstanceOf(NotDirectoryException.class);
        assertThatThrownBy(() -> Files.delete(nothing)).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> Files.createDirectory(file)).isInstanceOf(FileAlreadyExistsException.class);
        assertThatThrownBy(() -> Files.move(nothing, file, StandardCopyOption.REPLACE_EXISTING))
                .isInstanceOf(NoSuchFileException.class);
        Path other = Files.write(shared(local).resolve("other"), new byte[2]);
        assertThatThrownBy(() -> Files.move(other, file)).isInstanceOf(FileAlreadyExistsException.class);
        Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
        assertThat(Files.size(file)).isEqualTo(2);
        assertThat(Files.isReadable(file)).isTrue();
        assertThat(Files.isDirectory(nothing)).isFalse();
    }

    @Test
    void aSchemeThatHadoopDoesNotKnowIsRefused() {
        for (String location : List.of("nosuch://host/x", "https://host/x")) {
            assertThatThrownBy(() -> Locations.path(location))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("no file system for")
                    .hasMessageContaining(location);
        }
        assertThatThrownBy(() -> Locations.path("hdfs://no.such.host.invalid:1/x"))
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
                .hasMessageContaining("no access to hdfs://no.such.host.invalid:1");
    }

    @Test
    void aConfigurationKeepsTheLocation() {
        Path data = shared(local).resolve("data set");
        try (Tandem tandem = Tandem.configure("tandem.backend = cpu, tandem.data = \"" + data + "/.\"")) {
            assertThat(tandem.config().data()).contains(data);
            assertThat(tandem.config().settings())
                    .anyMatch(setting -> setting.key().equals("tandem.data")
                            && data.toString().equals(setting.value()));
        }
    }

    private float[] firstBatch(Path data) {
        Preprocessing preprocessing = new Preprocessing(32, 28, Preprocessing.Pixels.MEAN_IMAGE);
        LoadOptions load = LoadOptions.defaults().withCacheDirectory(local.resolve("cache"));
        ImageFolder opened = ImageFolder.open(data, preprocessing, load, ScanProgress.silent());
        try (BatchStream batches = opened.training(Augmentation.none(), 3, 1, 0, 6)) {
            HostBatch batch = batches.next();
            FloatBuffer images = batch.images();
            float[] values = new float[images.remaining()];
            images.get(values);
            return values;
        }
    }

    @Test
    void imagesAreReadAndPackedAsOnDisk() throws IOException {
        Path images = TestPhotographs.folder(local.resolve("images"), 8, 3);
        PackOptions options = new PackOptions(32, false, PackOptions.Encoding.JPEG, 90, 1, 7, false);
        for (Path folder : List.of(local, shared(local))) {
            Path source = folder.resolve("images");
            String to = folder.equals(local) ? "local" : "hadoop";
            Packer.pack(
                    ImageSource.open(source, ScanProgress.silent()),
                    folder.resolve(to),
                    options,
                    ImageOptions.defaults(),
                    1,
                    ScanProgress.silent());
        }
        Path packed = shared(local).resolve("hadoop");
        assertThat(Checksums.of(packed)).isEqualTo(Checksums.of(local.resolve("local")));
        assertThat(Checksums.of(local.resolve("hadoop"))).isEqualTo(Checksums.of(local.resolve("local")));
        assertThat(Shards.open(packed).verify(ScanProgress.silent()).problems()).isEmpty();
        assertThat(firstBatch(packed)).isEqualTo(firstBatch(local.resolve("local")));
        assertThat(firstBatch(shared(images))).isEqualTo(firstBatch(images));
    }
}
