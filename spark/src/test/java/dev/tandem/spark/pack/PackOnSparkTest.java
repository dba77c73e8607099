package dev.tandem.spark.pack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.imagenet.ImageSource;
import dev.tandem.imagenet.layout.ImageListing;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.shard.Manifest;
import dev.tandem.imagenet.shard.PackOptions;
import dev.tandem.imagenet.shard.Packer;
import dev.tandem.imagenet.shard.Packing;
import dev.tandem.imagenet.shard.ShardTask;
import dev.tandem.spark.Checksums;
import dev.tandem.spark.TestSession;
import dev.tandem.spark.cluster.SparkFailure;
import dev.tandem.spark.files.HadoopSettings;
import dev.tandem.spi.Locations;
import dev.tandem.spi.TandemException;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What packing on Spark is to do, with two cores of one process. */
class PackOnSparkTest {
    private static final PackOptions OPTIONS = new PackOptions(32, false, PackOptions.Encoding.JPEG, 90, 3, 5, false);

    @TempDir
    static Path folder;

    private static JavaSparkContext spark;
    private static ImageListing source;
    private static SortedMap<String, String> expected;

    @BeforeAll
    static void begin() throws IOException {
        Path images = TestPhotographs.folder(folder.resolve("images"), 8, 3);
        Files.writeString(images.resolve("train/red/page.jpg"), "<html>");
        source = ImageSource.open(images, ScanProgress.silent());
        Packer.pack(source, folder.resolve("one"), OPTIONS, ImageOptions.defaults(), 1, ScanProgress.silent());
        expected = Checksums.of(folder.resolve("one"));
        spark = TestSession.local(2).context();
    }

    private static Manifest pack(Path to, ScanProgress progress) {
        return new SparkPacker(spark).pack(source, to, OPTIONS, ImageOptions.defaults(), progress);
    }

    private static void assertAsExpected(Path packed) throws IOException {
        assertThat(Checksums.of(packed)).isEqualTo(expected);
    }

    @Test
    void theBytesAreThoseOfOneMachineAndProgressIsReported() throws IOException {
        List<String> reports = new ArrayList<>();
        Manifest manifest =
                pack(folder.resolve("two"), (set, done, total) -> reports.add(set + " " + done + "/" + total));
        assertAsExpected(folder.resolve("two"));
        assertThat(manifest.quarantined()).hasSize(1);
        assertThat(reports).contains("train 25/25", "val 9/9");
        assertThat(pack(folder.resolve("two"), ScanProgress.silent()))
                .usingRecursiveComparison()
                .isEqualTo(manifest);
    }

    @Test
    void aHadoopFileSystemIsReadAndWritten() throws IOException {
        ImageListing listed =
                ImageSource.open(Locations.path("shared://" + folder.resolve("images")), ScanProgress.silent());
        Path to = Locations.path("shared://" + folder.resolve("three"));
        new SparkPacker(spark).pack(listed, to, OPTIONS, ImageOptions.defaults(), ScanProgress.silent());
        assertAsExpected(folder.resolve("three"));
    }

    @Test
    void anEndedPackingGoesOn() throws IOException {
        Path to = folder.resolve("four");
        assertThatThrownBy(() -> pack(to, (set, done, total) -> {
                    throw new CancellationException("asked to stop");
                }))
                .isInstanceOf(CancellationException.class);
        assertThat(Packer.unfinishedIn(to)).isPresent();
        pack(to, ScanProgress.silent());
        assertAsExpected(to);
    }

    @Test
    void twoAttemptsOfOneTaskDoNotDisturbEachOther() throws IOException {
        Path to = folder.resolve("five");
        try (Packing packing = Packing.open(source, to, OPTIONS, ImageOptions.defaults())) {
            Stream.concat(packing.missing().stream(), packing.missing().stream())
                    .map(ShardTask::toBytes)
                    .toList()
                    .parallelStream()
                    .forEach(bytes -> ShardTask.of(bytes).run(2, (split, images) -> {}));
            assertThat(packing.missing()).isEmpty();
            packing.finish();
        }
        assertAsExpected(to);
    }

    @Test
    void aFolderThatAnExecutorDoesNotSeeIsRefused() throws IOException {
        Path to = folder.resolve("six");
        try (Packing packing = Packing.open(source, to, OPTIONS, ImageOptions.defaults())) {
            byte[] task = packing.missing().get(0).toBytes();
            Files.move(to, folder.resolve("elsewhere"));
            Map<Split, LongAccumulator> done = Map.of(Split.TRAIN, spark.sc().longAccumulator());
            PackTask pack = new PackTask(HadoopSettings.of(spark.sc()), done);
            assertThatThrownBy(() -> SparkFailure.during("test", () -> {
                        spark.parallelize(List.of(task), 1).foreach(pack);
                        return pack;
                    }))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("another one on this machine, or none")
                    .hasMessageContaining(to.toString())
                    .hasMessageContaining("train-00000.tar on ");
            Files.move(folder.resolve("elsewhere"), to);
        }
    }

    @Test
    void aShardThatCannotBeWrittenIsNamedAndPackingGoesOnLater() throws IOException {
        Path to = folder.resolve("seven");
        try (Packing packing = Packing.open(source, to, OPTIONS, ImageOptions.defaults())) {
            assertThat(packing.missing()).isNotEmpty();
        }
        // What cannot be written, whatever the reason: a folder is in the shard's place.
        Files.createDirectories(to.resolve("val-00001.tar/x"));
        assertThatThrownBy(() -> pack(to, ScanProgress.silent()))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("val-00001.tar on ")
                .hasMessageContaining("finished shards are kept");
        Files.delete(to.resolve("val-00001.tar/x"));
        Files.delete(to.resolve("val-00001.tar"));
        pack(to, ScanProgress.silent());
        assertAsExpected(to);
    }
}
