package dev.tandem.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.data.InMemoryDataset;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.schedule.AtEpochs;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Trainer;
import dev.tandem.nn.train.TrainingListener;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.placement.DevicePlacement;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Device;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A kernel that makes a device unusable ends a training run, from whose last checkpoint another one continues. */
@Timeout(120)
class LostDeviceTest {
    private static final int EPOCHS = 3;
    private static final int BATCHES = 4;
    private static final Recipe RECIPE = Recipe.named("test")
            .network(
                    Network.builder()
                            .add("fc1", Linear.of(7))
                            .add("relu1", Activation.relu())
                            .add("fc2", Linear.of(3))
                            .build(),
                    3)
            .input(Shape.of(5))
            .schedule(AtEpochs.constant(0.05))
            .epochs(EPOCHS)
            .batch(6)
            .build();

    private final CudaBackendProvider provider = EmulatedDriver.provider();
    private final InMemoryDataset data = data();

    @TempDir
    private Path folder;

    @BeforeEach
    void requireEmulation() {
        Assumptions.assumeFalse(EmulatedDriver.isReal(), "skipped: needs the emulated driver");
    }

    private static InMemoryDataset data() {
        Random random = new Random(17);
        float[][] inputs = new float[BATCHES * 6][5];
        int[] labels = new int[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            labels[i] = i % 3;
            for (int j = 0; j < 5; j++) {
                inputs[i][j] = (float) random.nextGaussian() + labels[i];
            }
        }
        return InMemoryDataset.of(Shape.of(5), inputs, labels);
    }

    private Backend open() {
        return provider.open(BackendOptions.of(provider, Map.of("arena", 0L)));
    }

    private Path last() {
        return folder.resolve("last.safetensors");
    }

    /** Writes a checkpoint after each epoch, and loses the device at a moment. */
    private final class Recorder implements TrainingListener {
        private final Device device;
        private final int lostAfterStep;
        private final int lostBeforeCheckpoint;
        private int steps;

        Recorder(Device device, int lostAfterStep, int lostBeforeCheckpoint) {
            this.device = device;
            this.lostAfterStep = lostAfterStep;
            this.lostBeforeCheckpoint = lostBeforeCheckpoint;
        }

        @Override
        public void onStep(Progress progress) {
            if (++steps == lostAfterStep) {
                lose(device);
            }
        }

        @Override
        public void onEpoch(EpochRecord epoch, TrainingState state, PlacedModel model) {
            if (epoch.epoch() == lostBeforeCheckpoint) {
                lose(device);
            }
            Checkpoint.write(last(), model, state);
        }
    }

    /** A kernel writes behind a tensor. */
    private static void lose(Device device) {
        Tensor t = device.filled(Shape.of(4), 1);
        FailureTest.overrun(device, t);
    }

    private float[] train(Device device, int lostAfterStep, int lostBeforeCheckpoint) {
        try (PlacedModel model =
                DevicePlacement.single(device).place(RECIPE.network(), RECIPE.input(6), RECIPE.training())) {
            Trainer trainer =
                    new Trainer(RECIPE, model, data, new Recorder(device, lostAfterStep, lostBeforeCheckpoint));
            TrainingState start;
            if (Files.exists(last())) {
                try (Checkpoint checkpoint = Checkpoint.open(last())) {
                    checkpoint.restore(model);
                    start = checkpoint.state();
                }
            } else {
                model.initialize(1);
                start = trainer.begin(1);
            }
            trainer.train(start);
            return model.read("fc1.weight");
        }
    }

    /** In a step, and with the next checkpoint about to be written. */
    @ParameterizedTest
    @ValueSource(ints = {BATCHES + 2, 2 * BATCHES})
    void theRunEndsAndGoesOnFromItsLastCheckpoint(int step) throws IOException {
        float[] expected;
        try (Backend backend = open()) {
            expected = train(backend.devices().get(0), 0, 0);
        }
        Files.delete(last());

        boolean atCheckpoint = step == 2 * BATCHES;
        assertThatThrownBy(() -> {
                    try (Backend backend = open()) {
                        train(backend.devices().get(0), atCheckpoint ? 0 : step, atCheckpoint ? 2 : 0);
                    }
                })
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DEVICE_FAILURE))
                .hasMessageContainingAll("failed on cuda:0 for shapes", "CUDA_ERROR_ILLEGAL_ADDRESS");
        try (Checkpoint kept = Checkpoint.open(last());
                Stream<Path> files = Files.list(folder)) {
            assertThat(kept.state().epoch()).isEqualTo(1);
            assertThat(files).as("no half-written file").containsExactly(last());
        }
        try (Backend backend = open()) {
            assertThat(train(backend.devices().get(0), 0, 0)).containsExactly(expected);
        }
    }

    @Test
    void everyLaterOperationIsRefusedWithTheCauseAndAnotherDeviceIsClosedWithIt() {
        try (Backend backend = open()) {
            Device lost = backend.devices().get(0);
            Device other = backend.devices().get(1);
            Tensor there = other.filled(Shape.of(2), 1);
            Tensor t = lost.filled(Shape.of(3), 1);
            lose(lost);
            assertThatThrownBy(t::read).hasMessageContaining("CUDA_ERROR_ILLEGAL_ADDRESS");
            for (int time = 0; time < 2; time++) {
                assertThatThrownBy(t::read)
                        .isInstanceOfSatisfying(
                                TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DEVICE_FAILURE))
                        .hasMessageContainingAll(
                                "read: cuda:0 was lost in read or before it",
                                "CUDA_ERROR_ILLEGAL_ADDRESS",
                                "open it again");
            }
            assertThatThrownBy(lost::memoryUse).hasMessageContaining("cuda:0 was lost");
            List.of(t, there).forEach(Tensor::close);
        }
    }
}
