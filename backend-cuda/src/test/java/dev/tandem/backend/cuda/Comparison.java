package dev.tandem.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.Convolutions.WeightGradients;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import dev.tandem.testkit.Agreement;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/** Programs run on the CUDA backend and on the reference, whose results must agree. */
final class Comparison implements AutoCloseable {
    private static final long SEED = 2012;

    private final Backend backend;
    private final Backend reference = Backends.open("reference");
    private final double least;
    private final double tolerance;

    /**
     * On {@code provider}'s backend with {@code settings}.
     *
     * @param least the error that each result has at least: above 0 if less than single precision must have been used
     * @param tolerance the greatest error allowed, as {@link Agreement} measures it
     */
    Comparison(CudaBackendProvider provider, Map<String, Long> settings, double least, double tolerance) {
        backend = provider.open(BackendOptions.of(provider, settings));
        this.least = least;
        this.tolerance = tolerance;
    }

    /** Runs a program on both, and compares the results that it puts into its map. */
    void agree(BiConsumer<Device, Map<String, Tensor>> program) {
        Map<String, double[]> expected = run(reference.devices().get(0), program);
        Map<String, double[]> actual = run(backend.devices().get(0), program);
        expected.forEach((name, values) -> {
            String what = name + " (seed " + SEED + ")";
            Agreement.require(what, actual.get(name), values, tolerance);
            assertThat(Agreement.error(actual.get(name), values)).as(what).isGreaterThanOrEqualTo(least);
        });
    }

    private static Map<String, double[]> run(Device device, BiConsumer<Device, Map<String, Tensor>> program) {
        try (TensorScope scope = TensorScope.open()) {
            Map<String, Tensor> results = new LinkedHashMap<>();
            program.accept(device, results);
            Map<String, double[]> values = new LinkedHashMap<>();
            results.forEach((name, tensor) -> values.put(name, tensor.readDoubles()));
            return values;
        }
    }

    /** Standard normal numbers, the same for the same name. */
    static Tensor normal(Device device, String name, int... dims) {
        Shape shape = Shape.of(dims);
        float[] values = new float[(int) shape.elements()];
        RandomKey key = new RandomKey(SEED, RandomKey.Purpose.SYNTHETIC, 0, RandomKey.stream(name));
        Philox.gaussians(key, 0, values, 0, values.length);
        return device.tensor(shape, values);
    }

    /** A product of two matrices, each of which may be transposed. */
    void product(int rows, int depth, int columns, boolean transposeA, boolean transposeB) {
        agree((device, results) -> {
            Tensor a = transposeA ? normal(device, "a", depth, rows) : normal(device, "a", rows, depth);
            Tensor b = transposeB ? normal(device, "b", columns, depth) : normal(device, "b", depth, columns);
            results.put("product", device.matrices().product(a, transposeA, b, transposeB));
        });
    }

    /** A convolution that keeps the size of its maps, with bias, and its gradients except the bias's. */
    void convolution(Shape input, int outputs, int size, int groups) {
        Window window = Window.over(input.dim(2), input.dim(3), size, 1, size / 2, Window.Rounding.DOWN);
        ConvolutionSpec spec = new ConvolutionSpec(window, groups);
        agree((device, results) -> {
            Tensor x = normal(device, "x", input.dims());
            Tensor w = normal(device, "w", outputs, input.dim(1) / groups, size, size);
            Tensor bias = normal(device, "bias", outputs);
            results.put("y", device.convolutions().forward(x, w, bias, spec, UnaryFunction.RELU));
            Tensor dy = normal(device, "dy", window.output(input, outputs).dims());
            results.put("dx", device.convolutions().backwardData(dy, w, spec, input));
            WeightGradients gradients = device.convolutions().backwardWeights(x, dy, spec, w.shape(), false);
            results.put("dw", gradients.weights());
        });
    }

    @Override
    public void close() {
        backend.close();
        reference.close();
    }
}
