package dev.tandem.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.BatchMemory;
import dev.tandem.nn.data.Dataset;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.data.InMemoryDataset;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Dropout;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.Pooling;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.schedule.AtEpochs;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.nn.train.Trainer;
import dev.tandem.nn.train.TrainingListener;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.placement.DevicePlacement;
import dev.tandem.placement.Forecast;
import dev.tandem.placement.Strategy;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Device;
import dev.tandem.spi.HostMemory;
import dev.tandem.spi.InputTensor;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Batches that are copied while the device computes. The emulated driver does the copies late or early, at random: what
 * does not wait for them, or they do not wait for, shows.
 */
class PrefetchTest {
    private static final int LENGTH = 5_000;
    private static final int ROUNDS = 30;

    private final CudaBackendProvider provider = EmulatedDriver.provider();
    private final Backend backend = provider.open(BackendOptions.of(provider, EmulatedDriver.twoDevices(0)));
    private final Device device = backend.devices().get(0);

    @AfterEach
    void close() {
        backend.close();
    }

    private HostMemory memory(boolean pinned, int length) {
        HostMemory memory = HostMemory.of(length, pinned ? List.of(device) : List.of());
        assertThat(memory.values().hasArray()).isEqualTo(!pinned);
        return memory;
    }

    private static void fill(HostMemory memory, float value) {
        FloatBuffer values = memory.values();
        while (values.hasRemaining()) {
            values.put(value);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void memoryIsNotOverwrittenBeforeItWasCopied(boolean pinned) {
        HostMemory memory = memory(pinned, LENGTH + 1);
        List<Tensor> written = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            fill(memory, round);
            written.add(device.allocate(Shape.of(LENGTH)).write(memory, 1));
        }
        fill(memory, Float.NaN);
        for (int round = 0; round < ROUNDS; round++) {
            assertThat(written.get(round).read()).as("round %d", round).containsOnly(round);
        }
    }

    @Test
    void theForecastHasRoomForTheNextBatch() {
        Network network = Network.builder()
                .add("conv", Convolution.of(4, 3))
                .add("fc", Linear.of(2))
                .build();
        List<Shape> inputs = List.of(Shape.of(6, 3, 8, 8));
        Forecast alone = Forecast.of(network, inputs, Training.paper(), Strategy.SINGLE::table, 1);
        long ahead = DevicePlacement.single(device)
                .forecast(network, inputs, Training.paper())
                .bytes();
        assertThat(ahead - alone.bytes()).isEqualTo(4 * 6 * 3 * 8 * 8);
    }

    /** Its owner has it, and need not ask before a step and the next. */
    @Test
    void anArrayMayBeChangedOnReturn() {
        HostMemory memory = memory(false, LENGTH);
        float[] array = memory.values().array();
        try (InputTensor input = input()) {
            List<Tensor> written = new ArrayList<>();
            for (int round = 0; round < ROUNDS; round++) {
                Arrays.fill(array, round);
                written.add(device.allocate(Shape.of(LENGTH)).write(memory, 0));
                input.fill(memory, 0);
                Arrays.fill(array, Float.NaN);
                written.add(device.elementwise().affine(input.take(), 1, 0));
                input.done();
            }
            for (int i = 0; i < written.size(); i++) {
                assertThat(written.get(i).read()).containsOnly(i / 2);
            }
        }
    }

    /** Two tensors in turn, as a model has them; nothing is waited for but at the end. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aFillWaitsForWhatUsesTheTensorAndItsUsersForTheFill(boolean pinned) {
        List<InputTensor> inputs = List.of(input(), input());
        List<HostMemory> memories = List.of(memory(pinned, LENGTH), memory(pinned, LENGTH));
        List<Tensor> used = new ArrayList<>();
        fill(memories.get(0), 0);
        inputs.get(0).fill(memories.get(0), 0);
        for (int round = 0; round < ROUNDS; round++) {
            InputTensor now = inputs.get(round % 2);
            Tensor x = now.take();
            used.add(device.elementwise().affine(x, 2, 1));
            InputTensor next = inputs.get((round + 1) % 2);
            HostMemory from = memories.get((round + 1) % 2);
            fill(from, round + 1);
            next.fill(from, 0);
            used.add(device.elementwise().affine(x, 1, 0));
            now.done();
        }
        for (int round = 0; round < ROUNDS; round++) {
            assertThat(used.get(2 * round).read()).as("round %d", round).containsOnly(2 * round + 1);
            assertThat(used.get(2 * round + 1).read()).as("round %d", round).containsOnly(round);
        }
        inputs.forEach(InputTensor::close);
    }

    private InputTensor input() {
        return device.memory().input(Shape.of(LENGTH)).orElseThrow();
    }

    /** The memory of a closed tensor goes to another while a copy to it is under way. */
    @Test
    void theMemoryOfATensorIsFreeOnceItsFillIsOver() {
        HostMemory memory = memory(true, LENGTH);
        fill(memory, -1);
        for (int round = 0; round < ROUNDS; round++) {
            InputTensor input = input();
            input.fill(memory, 0);
            input.close();
            try (Tensor other = device.filled(Shape.of(LENGTH), round)) {
                device.synchronize();
                memory.values(); // waits for the copy
                assertThat(other.read()).containsOnly(round);
            }
        }
    }

    @Test
    void memoryOutlivesItsBackend() {
        HostMemory memory = memory(true, 3);
        memory.values().put(new float[] {1, 2, 3});
        try (Backend other = provider.open(BackendOptions.of(provider, Map.of("devices", 1L)))) {
            Device foreign = other.devices().get(0);
            assertThat(foreign.allocate(Shape.of(3)).write(memory, 0).read()).containsExactly(1, 2, 3);
            backend.close();
            memory.values().put(0, 4);
            assertThat(foreign.allocate(Shape.of(3)).write(memory, 0).read()).containsExactly(4, 2, 3);
        }
        assertThat(device.kernels().memory().hostMemory(3)).isNull();
    }

    /** The copy that the memory waits for is never issued. */
    @Test
    @Timeout(60)
    void memoryIsFreeAfterTheDeviceHasFailed() {
        HostMemory memory = memory(true, 3);
        CudaDevice kernels = (CudaDevice) device.kernels();
        kernels.gpu().launcher().submit("elsewhere", () -> {
            throw new IllegalStateException("it failed");
        });
        assertThatThrownBy(() -> {
                    try (InputTensor input = input()) {
                        input.fill(memory(true, LENGTH), 0);
                        device.allocate(Shape.of(3)).write(memory, 0);
                        device.synchronize();
                    }
                })
                .hasMessageContaining("it failed");
        memory.values().put(0, 1);
        assertThat(device.allocate(Shape.of(3)).write(memory, 0).read()).containsExactly(1, 0, 0);
    }

    private static final Network NETWORK = Network.builder()
            .add("conv1", Convolution.of(4, 3).padding(1))
            .add("relu1", Activation.relu())
            .add("pool1", Pooling.max(2).stride(2))
            .add("fc2", Linear.of(3))
            .build();
    private static final Shape SAMPLE = Shape.of(2, 6, 6);
    private static final int BATCH = 4;

    private DevicePlacement placement(Strategy strategy) {
        return DevicePlacement.of(strategy, backend.devices().subList(0, strategy == Strategy.SINGLE ? 1 : 2));
    }

    private static Recipe recipe(int accumulate) {
        return Recipe.named("prefetched")
                .network(NETWORK, 3)
                .input(SAMPLE)
                .batch(BATCH)
                .accumulate(accumulate)
                .epochs(2)
                .schedule(AtEpochs.constant(0.05))
                .augmentation(Augmentation.none())
                .build();
    }

    private static Dataset data() {
        Random random = new Random(5);
        float[][] inputs = new float[13 * BATCH + 1][SAMPLE.arrayLength()];
        int[] labels = new int[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            labels[i] = i % 3;
            for (int j = 0; j < inputs[i].length; j++) {
                inputs[i][j] = (float) random.nextGaussian() + labels[i];
            }
        }
        return InMemoryDataset.of(SAMPLE, inputs, labels).withValidationShare(0.2, 1);
    }

    /** The same model, which says that it does not copy ahead. */
    private static PlacedModel withoutPrefetch(PlacedModel model) {
        return (PlacedModel) Proxy.newProxyInstance(
                PrefetchTest.class.getClassLoader(), new Class<?>[] {PlacedModel.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("prefetch")) {
                        return false;
                    }
                    try {
                        return method.invoke(model, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private record Trained(List<float[]> parameters, TrainingState state) {}

    private Trained train(Strategy strategy, int accumulate, boolean prefetch, int stopAfter) {
        Recipe recipe = recipe(accumulate);
        try (PlacedModel placed = placement(strategy).place(recipe)) {
            placed.initialize(3);
            PlacedModel model = prefetch ? placed : withoutPrefetch(placed);
            Trainer[] trainer = new Trainer[1];
            TrainingListener stopping = new TrainingListener() {
                private int steps;

                @Override
                public void onEpoch(EpochRecord epoch, TrainingState state, PlacedModel trained) {}

                @Override
                public void onStep(Progress progress) {
                    if (++steps == stopAfter) {
                        trainer[0].requestStop();
                    }
                }
            };
            trainer[0] = new Trainer(recipe, model, data(), stopping);
            TrainingState state = trainer[0].train(trainer[0].begin(3));
            if (stopAfter > 0) {
                assertThat(state.epoch()).isZero();
                state = new Trainer(recipe, model, data()).train(state);
            }
            return new Trained(
                    model.parameters().stream()
                            .map(spec -> model.read(spec.name()))
                            .toList(),
                    state);
        }
    }

    @ParameterizedTest
    @EnumSource
    void trainingIsTheSameToTheBit(Strategy strategy) {
        Trained plain = train(strategy, 1, false, 0);
        requireEqual(train(strategy, 1, true, 0), plain);
        requireEqual(train(strategy, 1, true, 4), plain);
    }

    @Test
    void trainingWithAccumulatedGradientsIsTheSameToTheBit() {
        requireEqual(train(Strategy.DATA, 3, true, 4), train(Strategy.DATA, 3, false, 0));
    }

    private static void requireEqual(Trained trained, Trained plain) {
        for (int i = 0; i < plain.parameters().size(); i++) {
            assertThat(trained.parameters().get(i))
                    .containsExactly(plain.parameters().get(i));
        }
        for (int epoch = 0; epoch < plain.state().history().size(); epoch++) {
            // It is summed in single precision from one reading to the next, and a stop is one.
            assertThat(trained.state().history().get(epoch).trainingLoss())
                    .isCloseTo(plain.state().history().get(epoch).trainingLoss(), Offset.offset(1e-6));
            assertThat(trained.state().history().get(epoch).logLoss())
                    .isEqualTo(plain.state().history().get(epoch).logLoss());
        }
        assertThat(trained.state().history()).hasSameSizeAs(plain.state().history());
    }

    /** It was prefetched, never used, and filled with something else: the old copy is worth nothing. */
    @Test
    void aBatchThatHasChangedSinceIsCopiedAgain() {
        List<Shape> shapes = List.of(SAMPLE.batchOf(BATCH));
        try (PlacedModel model = placement(Strategy.SINGLE).place(NETWORK, shapes)) {
            model.initialize(3);
            HostBatch batch = HostBatch.of(shapes, null, new BatchMemory(model.devices()));
            HostBatch plain = HostBatch.of(shapes);
            float[] ones = new float[shapes.get(0).arrayLength()];
            Arrays.fill(ones, 1);
            plain.images().put(ones);
            assertThat(model.prefetch(batch)).isTrue();
            batch.images().put(ones);
            assertThat(model.probabilities(batch)).containsExactly(model.probabilities(plain));
            assertThat(model.prefetch(batch)).isTrue();
            assertThat(model.probabilities(batch)).as("from the copy").containsExactly(model.probabilities(plain));
        }
    }

    /** More batches than there is room for. */
    @Test
    void batchesMayBePrefetchedInVain() {
        List<Shape> shapes = List.of(SAMPLE.batchOf(BATCH));
        try (PlacedModel model = placement(Strategy.SINGLE).place(NETWORK, shapes)) {
            model.initialize(3);
            List<HostBatch> batches = new ArrayList<>();
            List<float[]> expected = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                HostBatch batch = HostBatch.of(shapes, null, new BatchMemory(model.devices()));
                batch.images().put(i, i + 1);
                batches.add(batch);
                expected.add(model.probabilities(batch));
            }
            batches.forEach(model::prefetch);
            for (int i = 0; i < 5; i++) {
                assertThat(model.probabilities(batches.get(i))).containsExactly(expected.get(i));
            }
            assertThat(model.prefetch(new HostBatch(Shape.of(1, 1, 6, 6)))).isFalse();
        }
    }

    /** This dropout returns its input in inference, and what layers have returned is closed after its last use. */
    @Test
    void aLayerMayReturnThePrefetchedInput() {
        Network network = Network.builder()
                .add("dropout1", new Dropout(0.5, Dropout.Scaling.WHEN_TRAINING))
                .add("fc2", Linear.of(3))
                .build();
        List<Shape> shapes = List.of(SAMPLE.batchOf(BATCH));
        try (PlacedModel model = placement(Strategy.SINGLE).place(network, shapes)) {
            model.initialize(3);
            HostBatch batch = HostBatch.of(shapes, null, new BatchMemory(model.devices()));
            batch.images().put(0, 1);
            float[] expected = model.probabilities(batch);
            for (int round = 0; round < 5; round++) {
                assertThat(model.prefetch(batch)).isTrue();
                assertThat(model.probabilities(batch)).as("round %d", round).containsExactly(expected);
            }
        }
    }

    @Test
    void aStepMayFollowWithoutPrefetch() {
        Recipe recipe = recipe(1);
        try (PlacedModel model = placement(Strategy.DATA).place(recipe)) {
            model.initialize(3);
            HostBatch batch = HostBatch.of(recipe.inputs(BATCH), null, new BatchMemory(model.devices()));
            model.prefetch(batch);
            model.step(batch, new StepSettings(1, 0, 0.01));
            model.step(batch, new StepSettings(1, 1, 0.01));
            assertThat(model.takeLoss().mean()).isPositive();
        }
    }
}
