package dev.tandem.imagenet.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.ImageSource;
import dev.tandem.imagenet.TestCommands;
import dev.tandem.imagenet.TestImages;
import dev.tandem.imagenet.options.FolderOptions;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.LoadOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.shard.PackOptions;
import dev.tandem.imagenet.shard.PackOptions.Encoding;
import dev.tandem.imagenet.shard.Packer;
import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import java.nio.file.Path;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Loading holds as much memory after ten epochs as after two. */
class FlatMemoryTest {
    private static final Augmentation PAPER = Augmentation.paper();
    private static final int IMAGES = 60;
    /** A decoded image has 196,608 bytes or more, so one forgotten in eight epochs would be 94 MB. */
    private static final long BOUND = 40 << 20;

    @TempDir
    Path directory;

    private Path images() {
        for (int i = 0; i < IMAGES; i++) {
            int colour = 1000 * i;
            byte[] jpeg = TestImages.encode(TestImages.image(300, 256, (x, y) -> colour + (x << 14 | y)), "jpg");
            TestImages.write(directory.resolve("images/train/class" + i % 2 + "/" + i + ".jpg"), jpeg);
        }
        return directory.resolve("images");
    }

    /** Of batches of 3 MB, one of which may be made late, when the workers happen to be far ahead. */
    private static void epoch(ImageFolder data, int epoch) {
        try (BatchStream stream = data.training(PAPER, 1, epoch, 0, 5)) {
            for (HostBatch batch = stream.next(); batch != null; batch = stream.next()) {
                stream.recycle(batch);
            }
        }
    }

    /**
     * Prints by how many bytes heap and process grew between the second and the tenth epoch over the first argument.
     */
    public static void main(String[] args) {
        ImageFolder data = ImageFolder.open(
                Path.of(args[0]),
                new Preprocessing(256, 224, Pixels.MEAN_IMAGE),
                FolderOptions.defaults().withValidation(FolderOptions.Validation.IF_PRESENT),
                LoadOptions.defaults().withWorkers(2).withCacheBytes(0),
                ScanProgress.silent());
        epoch(data, 0);
        epoch(data, 1);
        long heap = heap();
        long process = Pointer.physicalBytes();
        for (int epoch = 2; epoch < 10; epoch++) {
            epoch(data, epoch);
        }
        System.out.println((heap() - heap) + " " + (Pointer.physicalBytes() - process));
    }

    private static long heap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /** In a process whose heap is all there from the start, so that what grows is something else. */
    private static void assertFlat(Path folder) throws Exception {
        String grown = TestCommands.run(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms96m",
                "-Xmx96m",
                "-XX:+AlwaysPreTouch",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                FlatMemoryTest.class.getName(),
                folder.toString());
        String[] lines = grown.strip().split("\n", -1);
        String[] bytes = lines[lines.length - 1].split(" ", -1);
        assertThat(Long.parseLong(bytes[0])).as("heap, %s", folder).isLessThan(BOUND / 4);
        assertThat(Long.parseLong(bytes[1])).as("process, %s", folder).isLessThan(BOUND);
    }

    @Test
    void ofAFolderAndOfShards() throws Exception {
        assumeTrue(Pointer.physicalBytes() > 0, "skipped: this system does not tell a process's memory");
        Path folder = images();
        assertFlat(folder);
        Path packed = directory.resolve("packed");
        PackOptions options = new PackOptions(256, false, Encoding.JPEG, 90, 1, 100, false);
        Packer.pack(
                ImageSource.open(folder, ScanProgress.silent()),
                packed,
                options,
                ImageOptions.defaults(),
                2,
                ScanProgress.silent());
        assertFlat(packed);
    }
}
