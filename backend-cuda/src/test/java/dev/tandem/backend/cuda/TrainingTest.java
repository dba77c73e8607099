package dev.tandem.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Dropout;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.LocalResponseNormalization;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.layer.Pooling;
import dev.tandem.nn.loss.CrossEntropy;
import dev.tandem.nn.optimizer.AdamW;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.placement.DevicePlacement;
import dev.tandem.placement.Strategy;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.Slice;
import dev.tandem.testkit.LayerContract;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Fifteen steps of a small AlexNet on one device and on two, compared with the CPU backend. */
class TrainingTest {
    private static final int STEPS = 15;
    static final Shape INPUT = Shape.of(8, 3, 15, 15);
    static final Network NETWORK = Network.builder()
            .add("conv1", Convolution.of(8, 5).stride(2).padding(2).weights(Initializer.gaussian(0.1)))
            .add("relu1", Activation.relu())
            .add("norm1", LocalResponseNormalization.paper())
            .add("pool1", Pooling.max(3).stride(2))
            .add("conv2", Convolution.of(12, 3).padding(1).groups(2).weights(Initializer.gaussian(0.1)))
            .add("relu2", Activation.relu())
            .add("pool2", Pooling.max(3).stride(2))
            .add("fc3", Linear.of(16).weights(Initializer.gaussian(0.1)))
            .add("relu3", Activation.relu())
            .add("drop3", Dropout.of(0.5))
            .add("fc4", Linear.of(3).weights(Initializer.gaussian(0.1)))
            .build();

    private final CudaBackendProvider provider = EmulatedDriver.provider();
    private final Backend cpu = otherBackend();

    @AfterEach
    void close() {
        cpu.close();
    }

    /** tools/gpu-check packs no CPU backend; the reference, which the CPU backend agrees with, replaces it there. */
    static Backend otherBackend() {
        return Backends.open(Backends.named("cpu").probe().available() ? "cpu" : "reference");
    }

    private static Backend twoDevices(CudaBackendProvider provider, long accelerators) {
        return provider.open(BackendOptions.of(provider, EmulatedDriver.twoDevices(accelerators)));
    }

    static HostBatch batch(int step) {
        HostBatch batch = new HostBatch(INPUT);
        RandomKey key = new RandomKey(7, RandomKey.Purpose.SYNTHETIC, step, 0);
        Philox.gaussians(key, 0, batch.images().array(), 0, batch.images().array().length);
        for (int i = 0; i < batch.labels().length; i++) {
            batch.labels()[i] = i % 3;
        }
        return batch;
    }

    private static double[] losses(PlacedModel model) {
        double[] losses = new double[STEPS];
        for (int step = 0; step < STEPS; step++) {
            losses[step] = step(model, step);
        }
        return losses;
    }

    private static double step(PlacedModel model, int step) {
        model.step(batch(step), new StepSettings(3, step, 0.05));
        return model.takeLoss().mean();
    }

    @ParameterizedTest
    @EnumSource
    void lossesAreThoseOfTheCpu(Strategy strategy) {
        train(provider, 0, strategy);
    }

    @ParameterizedTest
    @EnumSource(names = {"SINGLE", "COLUMNS"})
    void lossesByLibrariesAreThoseOfTheCpu(Strategy strategy) {
        train(EmulatedDriver.providerWithLibraries(), 1, strategy);
    }

    private void train(CudaBackendProvider provider, long accelerators, Strategy strategy) {
        try (Backend cuda = twoDevices(provider, accelerators)) {
            List<Device> devices = strategy == Strategy.SINGLE
                    ? cuda.devices().subList(0, 1)
                    : cuda.devices().subList(0, 2);
            try (PlacedModel expected =
                            DevicePlacement.single(cpu.devices().get(0)).place(NETWORK, INPUT, Training.paper());
                    PlacedModel model = DevicePlacement.of(strategy, devices).place(NETWORK, INPUT, Training.paper())) {
                expected.initialize(3);
                model.initialize(3);
                expected.parameters()
                        .forEach(spec -> assertThat(model.read(spec.name()))
                                .as("initial %s, bit for bit", spec.name())
                                .containsExactly(expected.read(spec.name())));
                double[] wanted = losses(expected);
                assertThat(losses(model)).containsExactly(wanted, Offset.offset(1e-4));
                assertThat(wanted[STEPS - 1]).as("it learns").isLessThan(wanted[0]);
            }
        }
    }

    /** Operands are rounded to 10 bits: the losses are close to single precision's, and not the same. */
    @Test
    void trainsInTf32() {
        Map<String, Long> settings = Map.of("devices", 1L, "accelerators", 0L, "tf32", 1L);
        try (Backend cuda = provider.open(BackendOptions.of(provider, settings));
                PlacedModel expected =
                        DevicePlacement.single(cpu.devices().get(0)).place(NETWORK, INPUT, Training.paper());
                PlacedModel model =
                        DevicePlacement.single(cuda.devices().get(0)).place(NETWORK, INPUT, Training.paper())) {
            expected.initialize(3);
            model.initialize(3);
            double[] wanted = losses(expected);
            assertThat(losses(model)).isNotEqualTo(wanted).containsExactly(wanted, Offset.offset(5e-3));
        }
    }

    /** Gradients of two batches are clipped, and weights averaged. */
    @ParameterizedTest
    @EnumSource
    void updatesAreThoseOfTheCpu(Strategy strategy) {
        Training training = new Training(new CrossEntropy(0.1), new AdamW(0.9, 0.99, 1e-3, 0.01), 0.05, 0.75);
        try (Backend cuda = twoDevices(provider, 0)) {
            List<Device> devices = cuda.devices().subList(0, strategy == Strategy.SINGLE ? 1 : 2);
            try (PlacedModel expected =
                            DevicePlacement.single(cpu.devices().get(0)).place(NETWORK, INPUT, training);
                    PlacedModel model = DevicePlacement.of(strategy, devices).place(NETWORK, INPUT, training)) {
                for (PlacedModel each : List.of(expected, model)) {
                    each.initialize(3);
                    for (int update = 0; update < 3; update++) {
                        each.accumulate(
                                batch(2 * update), new StepSettings(3, update, 2 * update, 0.01, Map.of(), List.of()));
                        each.step(
                                batch(2 * update + 1),
                                new StepSettings(3, update, 2 * update + 1, 0.01, Map.of(), List.of()));
                    }
                }
                double squares = expected.gradientNorms(batch(0), new StepSettings(3, 0, 0.01)).values().stream()
                        .mapToDouble(norm -> norm * norm)
                        .sum();
                assertThat(Math.sqrt(squares)).as("there is something to clip").isGreaterThan(0.05);
                for (ParameterSpec spec : expected.parameters()) {
                    assertThat(model.read(spec.name()))
                            .as(spec.name())
                            .containsExactly(expected.read(spec.name()), Offset.offset(1e-4f));
                    for (String state : expected.state()) {
                        assertThat(model.readState(state, spec.name()))
                                .as(state + " of " + spec.name())
                                .containsExactly(expected.readState(state, spec.name()), Offset.offset(1e-4f));
                    }
                }
                assertThat(model.probabilities(batch(9)))
                        .containsExactly(expected.probabilities(batch(9)), Offset.offset(1e-4f));
            }
        }
    }

    @Test
    void masksAreThoseOfTheCpu() {
        Shape shape = Shape.of(8, 4099);
        RandomKey key = new RandomKey(3, RandomKey.Purpose.DROPOUT, 5, RandomKey.stream("drop3"));
        try (Backend cuda = twoDevices(provider, 0);
                TensorScope scope = TensorScope.open()) {
            float[] expected = mask(cpu.devices().get(0), key, shape);
            for (Device device : cuda.devices()) {
                assertThat(mask(device, key, shape)).as("bit for bit").containsExactly(expected);
            }
        }
    }

    private static float[] mask(Device device, RandomKey key, Shape shape) {
        return device.random().bernoulli(key, Slice.all(shape), 0.5, 2).read();
    }

    /** The memory that the first step took is enough for the others, including workspaces of the libraries. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void noMemoryIsTakenAfterTheFirstStep(boolean libraries) {
        CudaBackendProvider provider = libraries ? EmulatedDriver.providerWithLibraries() : EmulatedDriver.provider();
        try (Backend cuda = provider.open(BackendOptions.of(provider, Map.of("devices", 1L, "arena", 1L)))) {
            Device device = cuda.devices().get(0);
            try (PlacedModel model = DevicePlacement.single(device).place(NETWORK, INPUT, Training.paper())) {
                model.initialize(3);
                step(model, 0);
                long afterOne = device.memoryUse().reserved();
                step(model, 1);
                step(model, 2);
                assertThat(device.memoryUse().reserved()).isEqualTo(afterOne);
            }
        }
    }

    /** Normalization and pooling compute ReLU's gradient with their own; after dropout it is a pass of its own. */
    @Test
    void gradientsOfReluAreFused() {
        try (Backend cuda = provider.open(BackendOptions.of(provider, Map.of("devices", 1L)))) {
            Device device = cuda.devices().get(0);
            try (PlacedModel model = DevicePlacement.single(device).place(NETWORK, INPUT, Training.paper())) {
                model.initialize(3);
                device.profile().start();
                step(model, 0);
                assertThat(device.profile().stop())
                        .filteredOn(entry -> entry.operation().equals("RELU backward"))
                        .extracting(entry -> entry.place().layer())
                        .containsExactly("fc3");
            }
        }
    }

    @Test
    void layersKeepTheirContract() {
        try (Backend cuda = twoDevices(provider, 0)) {
            LayerContract.of(NETWORK, INPUT).check(cuda.devices().toArray(Device[]::new));
        }
    }
}
