package dev.tandem.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.train.DeviceUse;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.Health;
import dev.tandem.nn.train.LearningRateLimit;
import dev.tandem.nn.train.LossSum;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckpointTest {
    private static final Shape INPUT = Shape.of(1, 3, 2, 2);

    private final Backend backend = open();
    private Path file;

    @TempDir
    private Path folder;

    private static Backend open() {
        var provider = Backends.named("reference");
        return provider.open(BackendOptions.of(provider, Map.of()));
    }

    @BeforeEach
    void write() {
        file = folder.resolve("a.safetensors");
        try (PlacedModel model = placed(2)) {
            model.initialize(1);
            Checkpoint.write(file, model, state());
        }
    }

    @AfterEach
    void close() {
        backend.close();
    }

    private PlacedModel placed(int classes) {
        Network network = Network.builder()
                .add("fc1", Linear.of(3))
                .add("fc2", Linear.of(classes))
                .build();
        return DevicePlacement.single(backend.devices().get(0)).place(network, INPUT, Training.paper());
    }

    private static TrainingState state() {
        return new TrainingState(
                "test",
                List.of("cat", "dog"),
                7,
                6,
                "print",
                1,
                2,
                3,
                new LossSum(0, 0),
                1,
                List.of(),
                List.of(),
                null,
                new LearningRateLimit(0.001, Map.of("fc1", 0.0)),
                List.of("cpu:0, a chip"));
    }

    @Test
    void allButANewLastLayerIsRestored() {
        try (PlacedModel model = placed(5);
                PlacedModel trained = placed(2);
                Checkpoint checkpoint = Checkpoint.open(file)) {
            trained.initialize(1);
            model.initialize(2);
            float[] last = model.read("fc2.weight");
            checkpoint.restoreParametersExcept(model, "fc2");
            assertThat(model.read("fc1.weight")).isEqualTo(trained.read("fc1.weight"));
            assertThat(model.read("fc2.weight")).isEqualTo(last);
            assertThatThrownBy(() -> checkpoint.restoreParametersExcept(model, "fc3"))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContainingAll("no layer to leave out has such a name", "got fc3", "[fc1, fc2]");
            assertThatThrownBy(() -> checkpoint.restoreParametersExcept(model, "fc1"))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("another shape");
        }
    }

    @Test
    void aHistoryOfTheMostEpochsIsReadAgain() {
        Health health = new Health(Map.of(), new TreeMap<>(Map.of("fc1.weight", 1 / 3.0, "fc2.weight", 2 / 3.0)));
        List<DeviceUse> devices = List.of(new DeviceUse("cpu:0", 0, 1 / 3.0, 2 / 3.0));
        List<EpochRecord> history = new ArrayList<>();
        for (int epoch = 1; epoch <= 100_000; epoch++) {
            double third = epoch / 3e5;
            Double error = epoch % 2 == 0 ? null : (Double) third;
            EpochRecord full = new EpochRecord(
                    epoch, 7L * epoch, third, -third, error, error, error, 1 / third, third, devices, health, third);
            full = full.withMetrics(epoch % 3 == 0 ? Map.of() : Map.of("loss", third));
            history.add(epoch > 100_000 - TrainingState.DETAILED ? full : full.withoutDetails());
        }
        try (PlacedModel model = placed(2)) {
            model.initialize(1);
            Checkpoint.write(file, model, state().withHistory(history));
        }
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            List<EpochRecord> read = checkpoint.state().history();
            assertThat(read).hasSize(100_000);
            assertThat(read.subList(0, 98_000)).isEqualTo(history.subList(0, 98_000));
            assertThat(read.subList(99_000, 100_000)).isEqualTo(history.subList(99_000, 100_000));
            assertThat(file.toFile().length()).isLessThan(16 << 20);
        }
    }

    @Test
    void keepsTheState() {
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            assertThat(checkpoint.state()).isEqualTo(state());
        }
    }

    @Test
    void aModelThatItDoesNotFitStaysAsItWas() {
        try (PlacedModel model = placed(3);
                Checkpoint checkpoint = Checkpoint.open(file)) {
            model.initialize(9);
            float[] before = model.read("fc1.weight");

            assertThatThrownBy(() -> checkpoint.restoreParameters(model))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("fc2.weight");

            assertThat(model.read("fc1.weight")).isEqualTo(before);
        }
    }

    @Test
    void refusesWeightsThatAreNotFinite() {
        try (PlacedModel model = placed(2)) {
            model.initialize(1);
            model.write("fc2.bias", new float[] {1, Float.NaN});
            Checkpoint.write(file, model, state());
            model.initialize(9);
            float[] before = model.read("fc1.weight");
            try (Checkpoint checkpoint = Checkpoint.open(file)) {
                assertThatThrownBy(() -> checkpoint.restore(model))
                        .isInstanceOf(TandemException.class)
                        .hasMessageContaining("fc2.bias")
                        .hasMessageContaining("got NaN");
            }
            assertThat(model.read("fc1.weight")).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'\\\"seed\\\":7', '\\\"seed\\\":8', checksum of the training state",
        "'\"tandem.state.crc32c\":\"', '\"tandem.state.crc32x\":\"', ''",
    })
    void aChangedStateIsSeenWhereThereIsAChecksum(String from, String to, String message) throws IOException {
        replace(from, to);

        if (message.isEmpty()) {
            Checkpoint.open(file).close(); // as those of earlier versions, which have none
        } else {
            assertThatThrownBy(() -> Checkpoint.open(file)).hasMessageContaining(message);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'\\\"batch\\\":6', '\\\"batch\\\":0'",
        "'\\\"step\\\":3', '\\\"stop\\\":3,\\\"step\\\":-3'",
        "'\\\"recipe\\\":\\\"test\\\"', '\\\"recipe\\\":null'",
        "'\\\"dataFingerprint\\\":\\\"print\\\"', '\\\"dataFingerprint\\\":null'",
        "'[\\\"cat\\\",\\\"dog\\\"]', '[\\\"cat\\\",null]'",
        "'[\\\"cat\\\",\\\"dog\\\"]', 'null'",
        "'\\\"events\\\":[]', '\\\"events\\\":[null]'",
        "'\\\"history\\\":[]', '\\\"history\\\":[{}]'",
        "'\\\"rateFactor\\\":1.0', '\\\"rateFactor\\\":-1'",
        "'\\\"rateFactor\\\":1.0', '\\\"rateFactor\\\":\\\"NaN\\\"'",
        "'{\\\"sum\\\":0.0,\\\"steps\\\":0}', 'null'",
        "'{\\\"sum\\\":0.0,\\\"steps\\\":0}', '{\\\"steps\\\":-1}'",
    })
    void refusesAStateThatNoRunHas(String from, String to) throws IOException {
        replace("tandem.state.crc32c", "tandem.state.crc32x");
        replace(from, to);

        assertThatThrownBy(() -> Checkpoint.open(file))
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CHECKPOINT))
                .hasMessageContaining("training state is unreadable");
    }

    /** Replaces a shard of the header by another of any length. */
    private void replace(String from, String to) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int length = (int) buffer.getLong();
        String header = new String(bytes, Long.BYTES, length, StandardCharsets.UTF_8);
        assertThat(header).contains(from);
        byte[] changed = header.replace(from, to).getBytes(StandardCharsets.UTF_8);
        int data = bytes.length - Long.BYTES - length;
        ByteBuffer whole =
                ByteBuffer.allocate(Long.BYTES + changed.length + data).order(ByteOrder.LITTLE_ENDIAN);
        Files.write(
                file,
                whole.putLong(changed.length)
                        .put(changed)
                        .put(bytes, Long.BYTES + length, data)
                        .array());
    }
}
