package dev.tandem.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.backend.cuda.gpu.CudaStorage;
import dev.tandem.backend.cuda.gpu.Format;
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
    private final Tolerance tolerance;

    /** How far a result may be off. */
    interface Tolerance {
        /**
         * Fails if {@code actual} is not {@code expected}.
         *
         * @param terms of each sum; 0 if that is not known
         * @param magnitudes the same sums over the terms' absolute values
         * @param format in which {@code actual} was stored
         */
        void require(String what, double[] actual, double[] expected, int terms, double[] magnitudes, Format format);
    }

    /** Makes inputs and computes results from them. */
    interface Program {
        void run(Device device, Inputs inputs, Results results);
    }

    /** The inputs of a program: standard normal numbers, or their absolute values; perhaps only those of bfloat16. */
    record Inputs(Device device, boolean absolute, boolean inBf16) {
        Tensor normal(String name, int... dims) {
            Tensor values = Comparison.normal(device, name, dims);
            if (inBf16) {
                float[] rounded = values.read();
                for (int i = 0; i < rounded.length; i++) {
                    rounded[i] = Bf16Rounding.nearest(rounded[i]);
                }
                values.write(rounded);
            }
            return absolute ? device.elementwise().unary(UnaryFunction.ABS, values) : values;
        }
    }

    /** The results of a program by name, how many products each of their elements sums, and how they were stored. */
    record Results(Map<String, double[]> values, Map<String, Integer> terms, Map<String, Format> formats) {
        void put(String name, Tensor tensor, int sums) {
            formats.put(name, tensor.storage() instanceof CudaStorage ? Format.of(tensor) : Format.F32);
            values.put(name, tensor.readDoubles());
            terms.put(name, sums);
        }
    }

    /**
     * On {@code provider}'s backend with {@code settings}.
     *
     * @param tolerance the greatest error allowed, as {@link Agreement} measures it
     */
    Comparison(CudaBackendProvider provider, Map<String, Long> settings, double tolerance) {
        this(
                provider,
                settings,
                (what, actual, expected, terms, magnitudes, format) ->
                        Agreement.require(what, actual, expected, tolerance));
    }

    /** On {@code provider}'s backend with {@code settings}. */
    Comparison(CudaBackendProvider provider, Map<String, Long> settings, Tolerance tolerance) {
        backend = provider.open(BackendOptions.of(provider, settings));
        this.tolerance = tolerance;
    }

    /** Runs a program on both, and compares the results that it puts into its map, whose sums are not known. */
    void agree(BiConsumer<Device, Map<String, Tensor>> program) {
        agree((device, inputs, results) -> {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            program.accept(device, tensors);
            tensors.forEach((name, tensor) -> results.put(name, tensor, 0));
        });
    }

    /** Runs a program on both, and compares its results. */
    void agree(Program program) {
        Device exact = reference.devices().get(0);
        Results expected = run(exact, program, false);
        Results magnitudes = run(exact, program, true);
        Results actual = run(backend.devices().get(0), program, false);
        expected.values()
                .forEach((name, values) -> tolerance.require(
                        name + " (seed " + SEED + ")",
                        actual.values().get(name),
                        values,
                        expected.terms().get(name),
                        magnitudes.values().get(name),
                        actual.formats().get(name)));
    }

    /** Runs a program twice on the CUDA backend: the bits of its results must be the same. */
    void repeat(Program program) {
        Results first = run(device(), program, false);
        Results second = run(device(), program, false);
        first.values()
                .forEach((name, values) ->
                        assertThat(second.values().get(name)).as(name).isEqualTo(values));
    }

    private Results run(Device device, Program program, boolean absolute) {
        try (TensorScope scope = TensorScope.open()) {
            Results results = new Results(new LinkedHashMap<>(), new LinkedHashMap<>(), new LinkedHashMap<>());
            program.run(device, new Inputs(device, absolute, tolerance instanceof Bf16Rounding), results);
            return results;
        }
    }

    /** The backend's device. */
    Device device() {
        return backend.devices().get(0);
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
        agree((device, inputs, results) -> {
            Tensor a = transposeA ? inputs.normal("a", depth, rows) : inputs.normal("a", rows, depth);
            Tensor b = transposeB ? inputs.normal("b", columns, depth) : inputs.normal("b", depth, columns);
            results.put("product", device.matrices().product(a, transposeA, b, transposeB), depth);
        });
    }

    /** A convolution that keeps the size of its maps, with bias, and its gradients except the bias's. */
    void convolution(Shape input, int outputs, int size, int groups) {
        Window window = Window.over(input.dim(2), input.dim(3), size, 1, size / 2, Window.Rounding.DOWN);
        agree(passes(input, outputs, window, groups));
    }

    /** A convolution with bias, and its gradients except the bias's. */
    static Program passes(Shape input, int outputs, Window window, int groups) {
        ConvolutionSpec spec = new ConvolutionSpec(window, groups);
        int area = window.height() * window.width();
        return (device, inputs, results) -> {
            Tensor x = inputs.normal("x", input.dims());
            Tensor w = inputs.normal("w", outputs, input.dim(1) / groups, window.height(), window.width());
            Tensor bias = inputs.normal("bias", outputs);
            Tensor y = device.convolutions().forward(x, w, bias, spec, UnaryFunction.RELU);
            results.put("y", y, 1 + input.dim(1) / groups * area);
            Tensor dy = inputs.normal("dy", window.output(input, outputs).dims());
            results.put("dx", device.convolutions().backwardData(dy, w, spec, input), outputs / groups * area);
            WeightGradients gradients = device.convolutions().backwardWeights(x, dy, spec, w.shape(), false);
            results.put(
                    "dw",
                    gradients.weights(),
                    input.dim(0) * y.shape().dim(2) * y.shape().dim(3));
        };
    }

    @Override
    public void close() {
        backend.close();
        reference.close();
    }
}
