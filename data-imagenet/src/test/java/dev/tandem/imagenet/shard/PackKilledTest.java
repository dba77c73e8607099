package dev.tandem.imagenet.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.imagenet.ImageSource;
import dev.tandem.imagenet.TestImages;
import dev.tandem.imagenet.layout.ImageListing;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.ScanProgress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A packing that dies ten times by SIGKILL ends with the bytes of one that did not. */
class PackKilledTest {
    private static final int KILLS = 10;
    private static final PackOptions OPTIONS = new PackOptions(128, false, PackOptions.Encoding.JPEG, 90, 3, 12, false);

    @TempDir
    Path directory;

    /** Packs the first argument into the second. */
    public static void main(String[] args) {
        ImageListing source = ImageSource.open(Path.of(args[0]), ScanProgress.silent());
        Packer.pack(source, Path.of(args[1]), OPTIONS, ImageOptions.defaults(), 1, ScanProgress.silent());
    }

    private Process start(Path packed) throws Exception {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-Djava.awt.headless=true",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        PackKilledTest.class.getName(),
                        directory.resolve("images").toString(),
                        packed.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
    }

    @Test
    @Timeout(value = 400, unit = TimeUnit.SECONDS)
    void endsWithTheSameBytes() throws Exception {
        TestImages.writeNoise(directory.resolve("images/train"), 60, 250, "cat", "dog");
        TestImages.writeNoise(directory.resolve("images/val"), 10, 250, "cat", "dog");
        Path whole = directory.resolve("whole");
        long began = System.nanoTime();
        assertThat(start(whole).waitFor())
                .as(Files.readString(directory.resolve("log")))
                .isZero();
        long millis = (System.nanoTime() - began) / 1_000_000;
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Path killed = directory.resolve("killed");
        int kills = 0;
        while (kills < KILLS) {
            // Early and late moments, so that some fall between shards whatever the machine's speed.
            Process process = start(killed);
            boolean ended = process.waitFor(millis / 5 + random.nextInt((int) millis), TimeUnit.MILLISECONDS);
            if (ended) {
                Files.createDirectories(directory.resolve("ended"));
                Files.move(killed, directory.resolve("ended/" + kills + "-" + random.nextInt()));
                continue;
            }
            process.destroyForcibly().waitFor();
            kills++;
        }
        assertThat(start(killed).waitFor())
                .as(Files.readString(directory.resolve("log")))
                .isZero();
        assertThat(PackerTest.contents(killed)).as("seed %s", seed).isEqualTo(PackerTest.contents(whole));
    }
}
