package dev.tandem.spark.pack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.imagenet.ImageSource;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.shard.PackOptions;
import dev.tandem.imagenet.shard.Packer;
import dev.tandem.spark.Checksums;
import dev.tandem.spark.TestCluster;
import dev.tandem.spark.TestSession;
import dev.tandem.testkit.TestPhotographs;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import javax.imageio.ImageIO;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.launcher.JavaModuleOptions;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Packing by executors that are processes, some of which are killed: the bytes are those of one machine. */
@Order(3)
class PackOnClusterTest {
    private static final int KILLS = Integer.getInteger("tandem.test.kills", 2);
    private static final PackOptions OPTIONS = new PackOptions(256, false, PackOptions.Encoding.JPEG, 90, 3, 6, false);

    @TempDir
    static Path folder;

    private static void onOneMachine(Path source, Path to) {
        Packer.pack(
                ImageSource.open(source, ScanProgress.silent()),
                to,
                OPTIONS,
                ImageOptions.defaults(),
                1,
                ScanProgress.silent());
    }

    private static void onSpark(JavaSparkContext spark, Path source, Path to, ScanProgress progress) {
        new SparkPacker(spark)
                .pack(ImageSource.open(source, ScanProgress.silent()), to, OPTIONS, ImageOptions.defaults(), progress);
    }

    /** Two executors pack below. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void theBytesAreThoseOfOneMachine(int executors) throws IOException {
        Path here = folder.resolve("on-" + executors);
        Path classes = TestPhotographs.folder(here.resolve("classes"), 6, 3);
        Files.writeString(classes.resolve("val/red/page.jpg"), "<html>");
        Path archives = TestArchives.write(here, 5, 2);
        Path few = TestPhotographs.folder(here.resolve("few"), 2, 0).resolve("train");
        JavaSparkContext spark = TestCluster.shared().executors(executors).context();
        for (Path source : List.of(classes, archives, few)) {
            Path one = here.resolve("one-" + source.getFileName());
            Path many = here.resolve("many-" + source.getFileName());
            onOneMachine(source, one);
            List<String> notes = new ArrayList<>();
            onSpark(spark, source, many, new Noting(notes));
            assertThat(Checksums.of(many)).isEqualTo(Checksums.of(one));
            boolean tooMany = source.equals(few) && executors > 2;
            assertThat(notes)
                    .filteredOn(note -> note.contains("3 executors for 2 shards"))
                    .hasSize(tooMany ? 1 : 0);
        }
    }

    /** Keeps what is noted. */
    private record Noting(List<String> notes) implements ScanProgress {
        @Override
        public void checked(String set, int done, int total) {}

        @Override
        public void noted(String line) {
            notes.add(line);
        }
    }

    /** Photographs that take a while each. */
    private static Path large(Path to, int images) throws IOException {
        Random random = new Random(5);
        int[] pixels = random.ints(640 * 480, 0, 1 << 24).toArray();
        BufferedImage image = new BufferedImage(640, 480, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < images; i++) {
            image.setRGB(0, 0, 640, 480, pixels, i % 480, 639);
            Path file = to.resolve(i % 5 == 0 ? "val" : "train")
                    .resolve("c" + i % 2)
                    .resolve(i + ".bmp");
            Files.createDirectories(file.getParent());
            ImageIO.write(image, "bmp", file.toFile());
        }
        return to;
    }

    @Test
    void killedExecutorsCostNothingButTime() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        System.out.println("Executors are killed with seed " + seed);
        int shards = 15 + 10 * KILLS;
        Path source = large(folder.resolve("large"), shards * OPTIONS.imagesPerShard());
        onOneMachine(source, folder.resolve("large-one"));
        TestSession session = TestCluster.shared().executors(2);
        Path to = folder.resolve("large-packed");
        CompletableFuture<Void> packing =
                CompletableFuture.runAsync(() -> onSpark(session.context(), source, to, ScanProgress.silent()));
        int killed = 0;
        // Each kill at another part of the first two thirds: later ones could be too late.
        for (int kill = 0; kill < KILLS; kill++) {
            int packed = 1 + (kill * shards * 2 / 3 + random.nextInt(shards * 2 / 3)) / KILLS;
            TestCluster.await(
                    packed + " shards",
                    () -> packing.isDone() || Packer.unfinishedIn(to).orElse(0) >= packed);
            TestCluster.await("an executor that works", () -> packing.isDone() || session.executors() > 0);
            Thread.sleep(random.nextInt(50));
            List<ProcessHandle> executors = TestCluster.shared().executors();
            // All at once, or one of them.
            int last = random.nextBoolean() ? executors.size() : Math.min(1, executors.size());
            if (!packing.isDone()) {
                executors.subList(0, last).forEach(TestCluster::kill);
                killed++;
            }
        }
        packing.join();
        assertThat(killed).as("kills, seed %s", seed).isEqualTo(KILLS);
        assertThat(Checksums.of(to)).isEqualTo(Checksums.of(folder.resolve("large-one")));
    }

    /** A driver of its own: packs the second argument into the third on the cluster of the first. */
    static final class Driver {
        public static void main(String[] args) {
            SparkConf conf = new SparkConf()
                    .setMaster(args[0])
                    .setAppName("driver")
                    .set("spark.ui.enabled", "false")
                    .set("spark.driver.host", "127.0.0.1")
                    .set("spark.cores.max", "2")
                    .set("spark.executor.cores", "1")
                    .set("spark.executor.memory", "512m")
                    .set("spark.executor.extraJavaOptions", String.join(" ", TestSession.QUICK_START))
                    .set("spark.executor.extraClassPath", args[3]);
            try (JavaSparkContext spark = new JavaSparkContext(conf)) {
                onSpark(spark, Path.of(args[1]), Path.of(args[2]), ScanProgress.silent());
            }
        }
    }

    @Test
    void aKilledDriversPackingIsEndedByAnother() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int shards = 30;
        Path source = large(folder.resolve("larger"), shards * OPTIONS.imagesPerShard());
        onOneMachine(source, folder.resolve("larger-one"));
        Path to = folder.resolve("larger-packed");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(JavaModuleOptions.defaultModuleOptionArray()));
        command.addAll(TestSession.QUICK_START);
        String classPath = System.getProperty("java.class.path");
        command.addAll(List.of("-Xmx512m", "-cp", classPath, Driver.class.getName()));
        command.addAll(List.of(TestCluster.shared().master(), source.toString(), to.toString(), classPath));
        Path log = folder.resolve("driver.log");
        Process driver = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        // In the first half: a moment by the clock may come too late on a quick machine.
        int packed = 1 + random.nextInt(shards / 2);
        TestCluster.await(
                packed + " shards",
                () -> !driver.isAlive() || Packer.unfinishedIn(to).orElse(0) >= packed);
        driver.destroyForcibly().waitFor();
        assertThat(to.resolve(".pack"))
                .as("seed %s: %s", seed, Files.readString(log))
                .exists();
        // Its executors end when they miss it; one machine goes on as well as a cluster.
        onOneMachine(source, to);
        assertThat(Checksums.of(to)).isEqualTo(Checksums.of(folder.resolve("larger-one")));
    }
}
