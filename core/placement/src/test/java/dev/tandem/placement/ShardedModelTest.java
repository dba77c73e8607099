package dev.tandem.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.Context;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Dropout;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Layer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.layer.Pooling;
import dev.tandem.nn.optimizer.Sgd;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Device;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code -Dplacement.full=true} widens the comparison of losses to 50 steps of three seeds. */
class ShardedModelTest {
    private static final boolean FULL = Boolean.getBoolean("placement.full");
    private static final Shape INPUT = Shape.of(6, 3, 9, 9);

    /** A user's layer that does not define shards; its parameter cannot be divided. */
    private record Gain() implements Layer {
        @Override
        public List<ParameterSpec> parameters(Shape input) {
            return List.of(ParameterSpec.weight("gain", Shape.of(1, input.dim(1), 1, 1), Initializer.constant(1)));
        }

        @Override
        public Value forward(Value x, Context context) {
            return x.multiply(context.parameter("gain"));
        }
    }

    private static final Network NETWORK = Network.builder()
            .add("conv1", Convolution.of(8, 3).padding(1).weights(Initializer.gaussian(0.2)))
            .add("relu1", Activation.relu())
            .add("centre", (x, context) -> x.subtract(x.slice(1, 0, 1)))
            .add("gain", new Gain())
            .add("pool1", Pooling.max(3).stride(2))
            .add("conv2", Convolution.of(12, 3).groups(2).weights(Initializer.gaussian(0.2)))
            .add("relu2", Activation.relu())
            .add("fc3", Linear.of(7).weights(Initializer.gaussian(0.2)))
            .add("tanh3", Activation.tanh())
            .add("drop3", Dropout.of(0.5))
            .add("fc4", Linear.of(3).weights(Initializer.gaussian(0.2)))
            .build();

    private static HostBatch batch() {
        return batch(INPUT.dim(0));
    }

    private static HostBatch batch(int images) {
        HostBatch batch = new HostBatch(INPUT.with(0, images));
        RandomKey key = new RandomKey(7, RandomKey.Purpose.SYNTHETIC, 0, 0);
        Philox.gaussians(key, 0, batch.images().array(), 0, batch.images().array().length);
        for (int i = 0; i < batch.labels().length; i++) {
            batch.labels()[i] = i % 3;
        }
        return batch;
    }

    private static Backend reference(int devices) {
        var provider = Backends.named("reference");
        return provider.open(BackendOptions.of(provider, Map.of("devices", (long) devices)));
    }

    private static float[] trained(PlacedModel model) {
        model.initialize(3);
        for (int step = 0; step < 4; step++) {
            model.step(batch(), new StepSettings(3, step, 0.1));
        }
        float[] all = new float[0];
        for (ParameterSpec spec : model.parameters()) {
            for (float[] part : List.of(model.read(spec.name()), model.readState(Sgd.VELOCITY, spec.name()))) {
                float[] joined = java.util.Arrays.copyOf(all, all.length + part.length);
                System.arraycopy(part, 0, joined, all.length, part.length);
                all = joined;
            }
        }
        return all;
    }

    @ParameterizedTest
    @CsvSource({"COLUMNS, 2", "DATA, 2", "HYBRID, 3"})
    void featuresOfALayerAreItsOwnOutputWithoutTheActivationBehindIt(Strategy strategy, int devices) {
        try (Backend many = reference(devices);
                PlacedModel model = DevicePlacement.of(strategy, many.devices()).place(NETWORK, INPUT)) {
            model.initialize(3);
            float[] before = model.features(batch(), "fc3");
            float[] after = model.features(batch(), "tanh3");
            assertThat(before).hasSize(6 * 7);
            assertThat(after).hasSize(6 * 7);
            for (int i = 0; i < before.length; i++) {
                assertThat(after[i]).isCloseTo((float) Math.tanh(before[i]), Offset.offset(1e-6f));
            }
            assertThat(model.features(batch(), "conv1")).hasSize(6 * 8 * 9 * 9).matches(ShardedModelTest::hasNegative);
            assertThat(model.features(batch(), "relu1")).hasSize(6 * 8 * 9 * 9).matches(all -> !hasNegative(all));
            assertThatThrownBy(() -> model.features(batch(), "fc9"))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("no such layer, got fc9, expected one of [conv1, relu1, ");
        }
    }

    private static boolean hasNegative(float[] values) {
        for (float value : values) {
            if (value < 0) {
                return true;
            }
        }
        return false;
    }

    @ParameterizedTest
    @CsvSource({"COLUMNS, 2", "COLUMNS, 4", "DATA, 2", "DATA, 3", "DATA, 6", "HYBRID, 2", "HYBRID, 3"})
    void trainsUsersLayersAlikeOnAnyNumberOfDevices(Strategy strategy, int devices) {
        try (Backend one = reference(1);
                Backend many = reference(devices);
                PlacedModel single =
                        DevicePlacement.single(one.devices().get(0)).place(NETWORK, INPUT, Training.paper());
                PlacedModel divided =
                        DevicePlacement.of(strategy, many.devices()).place(NETWORK, INPUT, Training.paper())) {
            assertThat(trained(divided)).containsExactly(trained(single), Offset.offset(1e-6f));
            assertThat(divided.probabilities(batch()))
                    .containsExactly(single.probabilities(batch()), Offset.offset(1e-6f));
            assertThat(divided.takeLoss().mean()).isCloseTo(single.takeLoss().mean(), Offset.offset(1e-9));
        }
    }

    @Test
    void followsATableOfOnesOwn() {
        PlacementTable table = PlacementTable.parse(List.of("conv1=batch", "fc*=channel", "pool* = none"));
        assertThat(table.axisOf("conv1")).isEqualTo(Axis.BATCH);
        assertThat(table.axisOf("fc3")).isEqualTo(Axis.CHANNEL);
        assertThat(table.axisOf("conv2")).isEqualTo(Axis.NONE);
        try (Backend one = reference(1);
                Backend two = reference(2);
                PlacedModel single =
                        DevicePlacement.single(one.devices().get(0)).place(NETWORK, INPUT, Training.paper());
                PlacedModel divided =
                        new DevicePlacement(two.devices(), network -> table).place(NETWORK, INPUT, Training.paper())) {
            assertThat(trained(divided)).containsExactly(trained(single), Offset.offset(1e-6f));
            assertThat(two.devices().get(1).receivedBytes()).isPositive();
        }
    }

    @ParameterizedTest
    @CsvSource({"COLUMNS, 2", "COLUMNS, 4", "DATA, 2", "DATA, 3", "DATA, 4", "HYBRID, 2", "HYBRID, 4"})
    void lossesAreThoseOfOneDevice(Strategy strategy, int devices) {
        for (long seed = 1; seed <= (FULL ? 3 : 1); seed++) {
            double[] single = losses(Strategy.SINGLE, 1, seed);
            double[] divided = losses(strategy, devices, seed);
            for (int step = 0; step < single.length; step++) {
                assertThat(divided[step])
                        .as("seed %d, step %d", seed, step)
                        .isCloseTo(single[step], Offset.offset(1e-9 * single[step]));
            }
        }
    }

    private static double[] losses(Strategy strategy, int devices, long seed) {
        double[] losses = new double[FULL ? 50 : 15];
        HostBatch batch = batch(12);
        try (Backend backend = reference(devices);
                PlacedModel model = DevicePlacement.of(strategy, backend.devices())
                        .place(NETWORK, batch.shape(), Training.paper())) {
            model.initialize(seed);
            for (int step = 0; step < losses.length; step++) {
                model.step(batch, new StepSettings(seed, step, 0.01));
                losses[step] = model.takeLoss().mean();
            }
        }
        return losses;
    }

    /** The last batch of a validation set is as long as it is. */
    @ParameterizedTest
    @CsvSource({"DATA, 4, 6", "DATA, 4, 3", "HYBRID, 3, 1"})
    void evaluatesABatchThatDoesNotDivide(Strategy strategy, int devices, int images) {
        try (Backend one = reference(1);
                Backend many = reference(devices);
                PlacedModel single =
                        DevicePlacement.single(one.devices().get(0)).place(NETWORK, INPUT);
                PlacedModel divided =
                        DevicePlacement.of(strategy, many.devices()).place(NETWORK, INPUT)) {
            single.initialize(3);
            divided.initialize(3);
            assertThat(divided.probabilities(batch(images)))
                    .containsExactly(single.probabilities(batch(images)), Offset.offset(1e-6f));
        }
    }

    @Test
    void refusesToTrainABatchThatDoesNotDivide() {
        try (Backend backend = reference(4)) {
            for (Strategy strategy : List.of(Strategy.DATA, Strategy.HYBRID)) {
                assertThatThrownBy(() ->
                                DevicePlacement.of(strategy, backend.devices()).place(NETWORK, INPUT, Training.paper()))
                        .isInstanceOfSatisfying(
                                TandemException.class,
                                e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIGURATION))
                        .hasMessageContainingAll("placement of conv1", "6 images over 4 devices", "another batch size");
            }
        }
    }

    @Test
    void refusesMoreColumnsThanTheGroupsAllow() {
        try (Backend backend = reference(3)) {
            assertThatThrownBy(() -> DevicePlacement.of(Strategy.COLUMNS, backend.devices())
                            .place(NETWORK, INPUT))
                    .isInstanceOfSatisfying(
                            TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIGURATION))
                    .hasMessageContainingAll(
                            "placement of conv2", "channels 4 to 7 of 12 for one of 3", "whole groups");
        }
    }

    @Test
    void givesAllMemoryBack() {
        try (Backend backend = reference(2)) {
            try (PlacedModel model =
                    DevicePlacement.of(Strategy.HYBRID, backend.devices()).place(NETWORK, INPUT, Training.paper())) {
                model.initialize(1);
                model.step(batch(), new StepSettings(1, 0, 0.1));
                long afterOne = backend.devices().get(0).memoryUse().used();
                model.probabilities(batch());
                model.step(batch(), new StepSettings(1, 1, 0.1));
                assertThat(backend.devices().get(0).memoryUse().used()).isEqualTo(afterOne);
            }
            assertThat(backend.devices()).allMatch(device -> device.memoryUse().used() == 0);
        }
    }

    @Test
    void refusesNonsense() {
        assertThatThrownBy(() -> PlacementTable.parse(List.of("fc*=chanel")))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("fc*=chanel")
                .hasMessageContaining("none, channel or batch");
        assertThatThrownBy(() -> Strategy.named("column")).hasMessageContaining("[single, columns, data, hybrid]");
        assertThatThrownBy(() -> DevicePlacement.of(Strategy.DATA, List.of())).hasMessageContaining("one or more");
        try (Backend backend = reference(1)) {
            List<Device> twice =
                    List.of(backend.devices().get(0), backend.devices().get(0));
            assertThatThrownBy(() -> DevicePlacement.of(Strategy.DATA, twice)).hasMessageContaining("one twice");
        }
    }
}
