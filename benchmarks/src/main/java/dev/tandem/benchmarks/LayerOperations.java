package dev.tandem.benchmarks;

import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.BackendProvider;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.Convolutions.WeightGradients;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.SgdStep;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The operations that a training step of the paper's net is made of, each at its layer's size, in milliseconds:
 * {@code java -cp 'benchmarks/target/tandem-benchmarks-*.jar:benchmarks/target/lib/*' org.openjdk.jmh.Main}, from the
 * repository's root.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 2)
@Fork(1)
public class LayerOperations {
    @Param({"128"})
    int batch;

    @Param({"f32", "bf16"})
    String precision;

    private Backend backend;
    private Device device;
    private Maps conv1;
    private Maps conv2;
    private Maps conv3;
    private Tensor beforePool;
    private Tensor pooled;
    private Tensor features;
    private Tensor weights;
    private Tensor velocity;
    private Tensor hidden;
    private Tensor gradient;

    private static final Window POOL = Window.square(3, 2);
    private static final ResponseNormalization NORMALIZATION =
            new ResponseNormalization(ResponseNormalization.Neighbourhood.ACROSS_MAPS, 5, 1e-4, 0.75, 2, 1);

    /** A convolution's tensors. */
    private record Maps(Device device, ConvolutionSpec spec, Tensor x, Tensor w, Tensor bias, Tensor y) {
        static Maps of(Device device, Tensor x, int kernels, int size, int stride, int pad, int groups) {
            Shape input = x.shape();
            Window window = Window.over(input.dim(2), input.dim(3), size, stride, pad, Window.Rounding.UP);
            ConvolutionSpec spec = new ConvolutionSpec(window, groups);
            Tensor w = device.filled(Shape.of(kernels, input.dim(1) / groups, size, size), 0.01);
            Tensor bias = device.filled(Shape.of(kernels), 0);
            Tensor y = device.convolutions().forward(x, w, bias, spec, UnaryFunction.RELU);
            return new Maps(device, spec, x, w, bias, y);
        }

        void forward() {
            device.convolutions().forward(x, w, bias, spec, UnaryFunction.RELU).close();
            device.synchronize();
        }

        void backwardData() {
            device.convolutions().backwardData(y, w, spec, x.shape()).close();
            device.synchronize();
        }

        void backwardWeights() {
            WeightGradients gradients = device.convolutions().backwardWeights(x, y, spec, w.shape(), true);
            gradients.weights().close();
            gradients.bias().close();
            device.synchronize();
        }
    }

    /** Opens the backend, and makes the tensors in the layouts that a net would give them. */
    @Setup
    public void open() {
        BackendProvider provider = Backends.named("cpu");
        backend = provider.open(BackendOptions.of(provider, Map.of("bf16", precision.equals("bf16") ? 1L : 0L)));
        device = backend.devices().get(0);
        conv1 = Maps.of(device, device.filled(Shape.of(batch, 3, 224, 224), 0.5), 96, 11, 4, 0, 1);
        beforePool = conv1.y();
        pooled = device.pooling().max(beforePool, POOL);
        conv2 = Maps.of(device, pooled, 256, 5, 1, 2, 2);
        conv3 = Maps.of(device, device.pooling().max(conv2.y(), POOL), 384, 3, 1, 1, 1);
        features = device.filled(Shape.of(batch, 9216), 0.5);
        weights = device.filled(Shape.of(4096, 9216), 0.01);
        velocity = device.filled(weights.shape(), 0);
        hidden = device.filled(Shape.of(batch, 4096), 0.5);
        gradient =
                device.matrices().linearBackwardWeights(features, hidden, false).weights();
        device.synchronize();
    }

    /** Closes the backend. */
    @TearDown
    public void close() {
        backend.close();
    }

    @Benchmark
    public void conv1Forward() {
        conv1.forward();
    }

    @Benchmark
    public void conv1BackwardWeights() {
        conv1.backwardWeights();
    }

    @Benchmark
    public void conv2Forward() {
        conv2.forward();
    }

    @Benchmark
    public void conv2BackwardData() {
        conv2.backwardData();
    }

    @Benchmark
    public void conv2BackwardWeights() {
        conv2.backwardWeights();
    }

    @Benchmark
    public void conv3Forward() {
        conv3.forward();
    }

    @Benchmark
    public void conv3BackwardData() {
        conv3.backwardData();
    }

    @Benchmark
    public void conv3BackwardWeights() {
        conv3.backwardWeights();
    }

    @Benchmark
    public void normalization() {
        device.normalizations().responseNormalization(beforePool, NORMALIZATION).close();
        device.synchronize();
    }

    @Benchmark
    public void maxPooling() {
        device.pooling().max(beforePool, POOL).close();
        device.synchronize();
    }

    @Benchmark
    public void maxPoolingBackward() {
        device.pooling().maxBackward(beforePool, pooled, pooled, POOL).close();
        device.synchronize();
    }

    @Benchmark
    public void fc6Forward() {
        device.matrices().linear(features, weights, null, UnaryFunction.RELU).close();
        device.synchronize();
    }

    @Benchmark
    public void fc6BackwardData() {
        device.matrices().linearBackwardData(hidden, weights).close();
        device.synchronize();
    }

    @Benchmark
    public void fc6BackwardWeights() {
        device.matrices()
                .linearBackwardWeights(features, hidden, false)
                .weights()
                .close();
        device.synchronize();
    }

    @Benchmark
    public void fc6Update() {
        device.updates()
                .sgd(weights, velocity, gradient, new SgdStep(SgdStep.Rule.LEARNING_RATE_IN_VELOCITY, 1e-9, 0.9, 5e-4));
        device.synchronize();
    }
}
