package dev.tandem.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.BatchNormalization;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Dropout;
import dev.tandem.nn.layer.Layer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.LocalResponseNormalization;
import dev.tandem.nn.layer.Merge;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.NetworkBuilder;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.layer.Pooling;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The gradient of a class's score with respect to what a layer makes, in inference. */
class ScoreGradientTest {
    private static final Shape IMAGES = Shape.of(2, 2, 5, 5);
    private static final int[] LABELS = {2, 0};

    /** A layer of every kind, in a row. */
    private static Map<String, Layer> layers() {
        Map<String, Layer> layers = new LinkedHashMap<>();
        layers.put("conv1", Convolution.of(4, 3).padding(1));
        layers.put("relu1", Activation.relu());
        layers.put(
                "lrn1",
                LocalResponseNormalization.acrossMaps(3)
                        .alphaOfMean(0.6)
                        .beta(0.75)
                        .k(1));
        layers.put("pool1", Pooling.max(2));
        layers.put("conv2", Convolution.of(4, 3).padding(1).groups(2));
        layers.put("norm2", new BatchNormalization());
        layers.put("tanh2", Activation.tanh());
        layers.put("drop2", Dropout.of(0.5));
        layers.put("fc", Linear.of(3));
        return layers;
    }

    private static Network chain(Map<String, Layer> layers) {
        NetworkBuilder builder = Network.builder();
        layers.forEach(builder::add);
        return builder.build();
    }

    /** {@code sin(slope i + shift)} at position i. */
    private static float[] sines(int length, double slope, double shift) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) Math.sin(slope * i + shift);
        }
        return values;
    }

    private static HostBatch batch(Shape shape, float[] values) {
        HostBatch batch = new HostBatch(shape);
        System.arraycopy(values, 0, batch.images().array(), 0, values.length);
        return batch;
    }

    private static HostBatch images() {
        return batch(IMAGES, sines(100, 0.7, 0.1));
    }

    private static Backend reference(int devices) {
        var provider = Backends.named("reference");
        return provider.open(BackendOptions.of(provider, Map.of("devices", (long) devices)));
    }

    private static PlacedModel placed(Backend backend, Network network, Shape input) {
        return DevicePlacement.of(Strategy.SINGLE, backend.devices()).place(network, input);
    }

    private static void writeRandomly(PlacedModel model, long seed) {
        Random random = new Random(seed);
        for (ParameterSpec spec : model.parameters()) {
            float[] values = new float[spec.shape().arrayLength()];
            for (int i = 0; i < values.length; i++) {
                // A variance, which is a state of batch normalization, is above 0.
                values[i] = (float) (spec.isState() ? 0.5 + random.nextDouble() : random.nextGaussian() * 0.4);
            }
            model.write(spec.name(), values);
        }
    }

    /** One seed: numbers that are within a step of a corner of max pooling or ReLU have no such slope. */
    @Test
    void isWhatFiniteDifferencesOfTheLayersBehindShow() {
        Map<String, Layer> layers = layers();
        // The zeros of a ReLU are equals for max pooling: each is at a corner.
        layers.put("relu1", Activation.tanh());
        layers.put("tanh2", Activation.relu());
        Map<String, Layer> behind = new LinkedHashMap<>(layers);
        try (Backend backend = reference(1);
                PlacedModel model = placed(backend, chain(layers), IMAGES)) {
            writeRandomly(model, 3);
            assertThat(model.gradient(images(), Network.INPUT, LABELS))
                    .containsExactly(differences(model, model, images()), Offset.offset(3e-3f));
            for (String layer : layers().keySet()) {
                behind.remove(layer);
                if (behind.isEmpty()) {
                    break;
                }
                Shape shape =
                        model.features(images(), layer).length == 200 ? Shape.of(2, 4, 5, 5) : Shape.of(2, 4, 3, 3);
                try (PlacedModel tail = placed(backend, chain(behind), shape)) {
                    tail.parameters().forEach(spec -> tail.write(spec.name(), model.read(spec.name())));
                    assertThat(model.gradient(images(), layer, LABELS))
                            .as("layer %s", layer)
                            .containsExactly(
                                    differences(tail, model, batch(shape, model.features(images(), layer))),
                                    Offset.offset(3e-3f));
                }
            }
        }
    }

    /** How the sum of the chosen scores changes with each element of the batch. */
    private static float[] differences(PlacedModel tail, PlacedModel whole, HostBatch batch) {
        double step = 1e-3;
        float[] x = batch.images().array();
        float[] slopes = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            float here = x[i];
            x[i] = (float) (here + step);
            double above = score(tail, batch);
            x[i] = (float) (here - step);
            double below = score(tail, batch);
            x[i] = here;
            slopes[i] = (float) ((above - below) / (2 * step));
        }
        return slopes;
    }

    private static double score(PlacedModel model, HostBatch batch) {
        float[] scores = model.features(batch, "fc");
        return (double) scores[LABELS[0]] + scores[3 + LABELS[1]];
    }

    /** Of conv, relu, LRN, max pooling, dropout and a linear layer: PyTorch 2.13 in float64, parameters of float32. */
    @Test
    void isPyTorchs() {
        Map<String, Layer> layers = layers();
        layers.keySet().removeAll(List.of("conv2", "norm2", "tanh2"));
        try (Backend backend = reference(1);
                PlacedModel model = placed(backend, chain(layers), IMAGES)) {
            model.write("conv1.weight", sines(72, 0.9, 0.3));
            model.write("conv1.bias", sines(4, 1.3, 0.2));
            model.write("fc.weight", sines(108, 0.37, 0.5));
            model.write("fc.bias", sines(3, 1.1, 0));
            assertSample(
                    model.gradient(images(), "relu1", LABELS),
                    8.24810236,
                    0,
                    0.00057457648,
                    0,
                    0.018697925,
                    -0.25909553,
                    0,
                    0,
                    0.040875427,
                    0,
                    0,
                    0.01238407,
                    0,
                    0);
            assertThat(sumOfSizes(model.gradient(images(), "conv1", LABELS)))
                    .isCloseTo(4.93512675, Offset.offset(1e-5));
            assertSample(
                    model.gradient(images(), Network.INPUT, LABELS),
                    19.239345,
                    -0.042864439,
                    -0.2231364,
                    -0.077088081,
                    0.70665216,
                    -0.037010024,
                    0.045160111,
                    0.37027955,
                    0.10395005,
                    -0.15219239,
                    0.27574166,
                    0.22790255,
                    -0.33143112,
                    0.16568203);
        }
    }

    /** Each twelfth of the gradient begins with these numbers. */
    private static void assertSample(float[] gradient, double sumOfSizes, double... sample) {
        for (int i = 0; i < sample.length; i++) {
            assertThat((double) gradient[i * (gradient.length / 12)])
                    .as("number %d", i)
                    .isCloseTo(sample[i], Offset.offset(1e-6));
        }
        assertThat(sumOfSizes(gradient)).isCloseTo(sumOfSizes, Offset.offset(1e-5));
    }

    private static double sumOfSizes(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += Math.abs(value);
        }
        return sum;
    }

    @Test
    void rowsWithoutDataHaveNone() {
        try (Backend backend = reference(1);
                PlacedModel model = placed(backend, chain(layers()), IMAGES)) {
            writeRandomly(model, 3);
            float[] both = model.gradient(images(), "relu1", LABELS);
            HostBatch half = images();
            half.setRows(1);
            float[] first = model.gradient(half, "relu1", new int[] {LABELS[0]});
            assertThat(Arrays.copyOf(first, 100)).containsExactly(Arrays.copyOf(both, 100));
            assertThat(Arrays.copyOfRange(first, 100, 200)).containsOnly(0);
        }
    }

    /** A layer of a user's own may run a network of its own, which a placement does not see. */
    @Test
    void goesThroughANetworkInsideALayer() {
        Network inner = Network.builder()
                .add("tanh", Activation.tanh())
                .add("double", (x, context) -> x.multiply(2))
                .add("sum", Merge.sum(), "double", "tanh")
                .build();
        Network plain = Network.builder()
                .add("conv", Convolution.of(4, 3))
                .add("inner", inner)
                .add("fc", Linear.of(3))
                .build();
        Network hidden = Network.builder()
                .add("conv", Convolution.of(4, 3))
                .add("inner", (x, context) -> inner.forward(x, context))
                .add("fc", Linear.of(3))
                .build();
        try (Backend backend = reference(1);
                PlacedModel one = placed(backend, plain, IMAGES);
                PlacedModel other = placed(backend, hidden, IMAGES)) {
            writeRandomly(one, 5);
            writeRandomly(other, 5);
            assertThat(other.gradient(images(), "conv", LABELS))
                    .containsExactly(one.gradient(images(), "conv", LABELS));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"SINGLE", "COLUMNS", "DATA", "HYBRID"})
    void givesAllMemoryBack(Strategy strategy) {
        try (Backend backend = reference(2);
                PlacedModel model =
                        DevicePlacement.of(strategy, backend.devices()).place(chain(layers()), IMAGES)) {
            writeRandomly(model, 3);
            long before = backend.devices().get(0).memoryUse().used();
            for (String layer : layers().keySet()) {
                model.gradient(images(), layer, LABELS);
            }
            model.gradient(images(), Network.INPUT, LABELS);
            assertThat(backend.devices().get(0).memoryUse().used()).isEqualTo(before);
        }
    }

    @Test
    void refusesNonsense() {
        Network network = Network.builder()
                .add("conv", Convolution.of(4, 3))
                .add("fc", Linear.of(3))
                .add("beside", Convolution.of(2, 1), "conv")
                .outputs("fc", "beside")
                .build();
        try (Backend backend = reference(1);
                PlacedModel model = placed(backend, network, IMAGES)) {
            assertRefused(() -> model.gradient(images(), "conv", LABELS), "parameters have no values yet");
            writeRandomly(model, 3);
            assertRefused(() -> model.gradient(images(), "conv9", LABELS), "no such layer, got conv9");
            assertRefused(
                    () -> model.gradient(images(), "beside", LABELS),
                    "gradient of the score: the score does not depend on this layer, got beside",
                    "a layer on the way to fc");
            assertRefused(
                    () -> model.gradient(images(), "conv", new int[] {1}),
                    "not one class of each row, got 1, expected 2 rows with data");
            assertRefused(
                    () -> model.gradient(images(), "conv", new int[] {1, 3}),
                    "no such class in row 1, got 3, expected 0 to 2");
            assertRefused(() -> model.gradient(images(), "conv", new int[] {-1, 0}), "got -1");
            assertRefused(
                    () -> model.gradient(new HostBatch(Shape.of(2, 2, 4, 4)), "conv", LABELS), "of another shape");
        }
    }

    private static void assertRefused(ThrowingCallable call, String... message) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
                .hasMessageContainingAll(message);
    }
}
