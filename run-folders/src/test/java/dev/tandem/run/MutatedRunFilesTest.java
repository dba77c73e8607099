package dev.tandem.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.Health;
import dev.tandem.nn.train.LossSum;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.RunEvent;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.placement.DevicePlacement;
import dev.tandem.runtime.config.ConfigSources;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Shape;
import dev.tandem.testkit.MutatedFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A run folder may be damaged, or a stranger's: whatever is in its files, they are read or refused. */
@Timeout(7200)
class MutatedRunFilesTest {
    @TempDir
    private Path folder;

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void configuration() {
        Path file = folder.resolve("config.conf");
        byte[] written = utf8(new ConfigSources()
                .addText("tandem { backend = cpu, data = \"/a b/c\", ablations = [no-lrn, tanh] }")
                .load()
                .render());
        byte[] byHand = utf8("tandem {\n  train { batch = 64 # images\n epochs = 3 }\n"
                + "  placement.devices = [\"cpu:0\", \"cpu:1\"]\n}\n\"tandem\".recipe : \"\"\"paper\"\"\"\n");
        int refused = MutatedFiles.of("config.conf", file, written, byHand)
                .eachIsReadOrRefused(() -> new ConfigSources().addRun(file).load());
        assertThat(refused).isPositive();
    }

    @Test
    void classes() {
        RunFolder run = new RunFolder(folder);
        byte[] names = utf8("cat\ndog\n\\u001b[31mred\na\\tb\\\\c\nünïcode \ud83d\ude00\n");
        int refused = MutatedFiles.of("classes.txt", folder.resolve("classes.txt"), names)
                .eachIsReadOrRefused(run::classNames);
        assertThat(refused).isPositive();
    }

    @Test
    void requestedRate() {
        RunFolder run = new RunFolder(folder);
        MutatedFiles.of("requested-rate.txt", folder.resolve("requested-rate.txt"), utf8("0.005"), utf8("NaN"))
                .eachIsReadOrRefused(() -> run.takeRequestedRate()
                        .ifPresent(rate -> assertThat(rate).isPositive().isFinite()));
        assertThat(folder.resolve("requested-rate.txt")).doesNotExist();
    }

    @Test
    void statistics() throws IOException {
        Path file = folder.resolve("statistics.bin");
        new TrainingStatistics(4, 10, new float[48], new double[] {1, 2, 3}, new double[] {4, 1, 1, 1, 5, 1, 1, 1, 6})
                .write(file);
        int refused = MutatedFiles.of("statistics.bin", file, Files.readAllBytes(file))
                .repairedBy(MutatedRunFilesTest::withChecksum)
                .eachIsReadOrRefused(() -> TrainingStatistics.read(file));
        assertThat(refused).isPositive();
    }

    /** As the writer of the file does: a CRC-32C of all before it, big-endian. */
    private static byte[] withChecksum(byte[] bytes) {
        if (bytes.length >= Integer.BYTES) {
            CRC32C checksum = new CRC32C();
            checksum.update(bytes, 0, bytes.length - Integer.BYTES);
            ByteBuffer.wrap(bytes).putInt(bytes.length - Integer.BYTES, (int) checksum.getValue());
        }
        return bytes;
    }

    @Test
    void checkpoint() throws IOException {
        Path file = folder.resolve("last.safetensors");
        var provider = Backends.named("reference");
        Network network = Network.builder().add("fc1", Linear.of(2)).build();
        try (Backend backend = provider.open(BackendOptions.of(provider, Map.of()));
                PlacedModel model = DevicePlacement.single(backend.devices().get(0))
                        .place(network, Shape.of(1, 3, 1, 1), Training.paper())) {
            model.initialize(1);
            Checkpoint.write(file, model, state());
            byte[] written = Files.readAllBytes(file);
            // Without checksums whatever is changed comes to be read.
            String text = new String(written, StandardCharsets.ISO_8859_1);
            byte[] unchecked = text.replace("crc32c", "crc32x").getBytes(StandardCharsets.ISO_8859_1);
            int refused = MutatedFiles.of("checkpoint", file, unchecked, written)
                    .eachIsReadOrRefused(() -> {
                        try (Checkpoint opened = Checkpoint.open(file)) {
                            opened.requireSame("test", 2);
                            opened.restore(model);
                        }
                    });
            assertThat(refused).isPositive();
        }
    }

    private static TrainingState state() {
        EpochRecord epoch = new EpochRecord(
                1,
                3,
                0.01,
                0.7,
                0.5,
                null,
                0.7,
                100,
                0.1,
                List.of(),
                new Health(Map.of(), Map.of("fc1.weight", 0.1)),
                1);
        return new TrainingState(
                "test",
                List.of("cat", "dog"),
                7,
                6,
                "print",
                1,
                2,
                3,
                new LossSum(0.5, 1),
                1,
                List.of(new RunEvent(1, "rate", "0.01", "0.02")),
                List.of(epoch),
                epoch,
                null,
                List.of("reference:0"));
    }
}
