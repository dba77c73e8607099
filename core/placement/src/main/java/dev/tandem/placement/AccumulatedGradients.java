package dev.tandem.placement;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Value;
import dev.tandem.placement.ShardedParameters.ParameterShard;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.BinaryFunction;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** The gradients of batches that wait for the next update, summed up. */
final class AccumulatedGradients implements AutoCloseable {
    /** What PyTorch adds to the length, so that nothing is divided by 0. */
    private static final double EPSILON = 1e-6;

    private final Map<ParameterShard, Tensor> sums = new LinkedHashMap<>();
    private int batches;

    /** Adds the gradients of a batch, made in {@code scope}, to the sums, which outlive it. */
    void add(Map<ParameterShard, Tensor> gradients, TensorScope scope) {
        gradients.forEach((shard, gradient) -> {
            Tensor sum = sums.get(shard);
            if (sum == null) {
                sums.put(shard, scope.keep(gradient));
            } else {
                gradient.device().elementwise().binaryInPlace(BinaryFunction.ADD, sum, gradient);
            }
        });
        batches++;
    }

    /** The mean over the batches that wait and the one of {@code gradients}; then none waits. */
    Map<ParameterShard, Tensor> takeMean(Map<ParameterShard, Tensor> gradients) {
        if (batches == 0) {
            return gradients;
        }
        Map<ParameterShard, Tensor> all = new LinkedHashMap<>(gradients);
        sums.forEach((shard, sum) -> all.merge(
                shard,
                sum,
                (gradient, s) -> sum.device().elementwise().binaryInPlace(BinaryFunction.ADD, gradient, s)));
        double share = 1.0 / (batches + 1);
        all.replaceAll((shard, sum) -> sum.device().elementwise().affine(sum, share, 0));
        close();
        return all;
    }

    /**
     * Shortens {@code gradients}, so that together they have a Euclidean length of {@code most} or less. No host waits
     * for it.
     */
    static void clip(Map<ParameterShard, Tensor> gradients, double most, Device home) {
        Value squares = Value.constant(home.filled(Shape.scalar(), 0));
        for (Tensor gradient : gradients.values()) {
            squares = squares.add(Functions.transfer(Value.constant(squares(gradient)), home));
        }
        Value one = Value.constant(home.filled(Shape.scalar(), 1));
        Value factor =
                one.divide(squares.sqrt().affine(1 / most, EPSILON / most).maximum(one));
        Map<Device, Tensor> factors = new IdentityHashMap<>();
        gradients.values().forEach(gradient -> {
            Device device = gradient.device();
            Tensor here = factors.computeIfAbsent(
                    device, d -> Functions.transfer(factor, d).tensor());
            device.elementwise().binaryInPlace(BinaryFunction.MULTIPLY, gradient, here);
        });
    }

    private static Tensor squares(Tensor gradient) {
        Device device = gradient.device();
        try (TensorScope scope = TensorScope.open()) {
            Tensor squares = device.elementwise().binary(BinaryFunction.MULTIPLY, gradient, gradient);
            return scope.keep(device.reductions().sum(squares));
        }
    }

    /** Forgets what waits. */
    @Override
    public void close() {
        sums.values().forEach(Tensor::close);
        sums.clear();
        batches = 0;
    }
}
