package dev.tandem.backend.cpu;

import dev.tandem.backend.cpu.onednn.Precision;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.util.List;

/**
 * How fast products are in each precision, by steps of a network that has what most have: a grouped convolution of 5 by
 * 5, one of 3 by 3, and a fully-connected layer, forward, backward and updated.
 */
final class ProductRates {
    private static final int IMAGES = 4;
    private static final int ROWS = 64;
    private static final int LEAST_ROUNDS = 3;
    private static final int MOST_ROUNDS = 20;
    private static final long ENOUGH_NANOS = 600_000_000;

    private static final Shape INPUT = Shape.of(IMAGES, 96, 27, 27);
    private static final ConvolutionSpec FIRST = new ConvolutionSpec(new Window(5, 5, 1, 1, 2, 2, 2, 2), 2);
    private static final ConvolutionSpec SECOND = new ConvolutionSpec(new Window(3, 3, 2, 2, 1, 1, 1, 1), 1);

    private ProductRates() {}

    /**
     * The rate of bfloat16 as a share of that of single precision, with {@code threads} threads; takes about a second.
     * It is of the shortest steps, as others may have been disturbed.
     */
    static double bf16OfF32(int threads) {
        try (CpuBackend f32 = new CpuBackend(1, threads, true, Precision.F32, Precision.F32, "f32");
                CpuBackend bf16 = new CpuBackend(1, threads, true, Precision.BF16, Precision.F32, "bf16");
                TensorScope scope = TensorScope.open()) {
            List<Steps> both = List.of(new Steps(f32), new Steps(bf16));
            long[] shortest = {Long.MAX_VALUE, Long.MAX_VALUE};
            both.forEach(Steps::run); // builds what the others reuse
            long began = System.nanoTime();
            for (int round = 0; round < MOST_ROUNDS; round++) {
                for (int i = 0; i < shortest.length; i++) {
                    shortest[i] = Math.min(shortest[i], both.get(i).run());
                }
                if (round + 1 >= LEAST_ROUNDS && System.nanoTime() - began > ENOUGH_NANOS) {
                    break;
                }
            }
            return shortest[0] / (double) shortest[1];
        }
    }

    private static final class Steps {
        private final Device device;
        private final Tensor x;
        private final Tensor rows;
        private final Tensor first;
        private final Tensor second;
        private final Tensor last;

        Steps(CpuBackend backend) {
            device = backend.devices().get(0);
            x = device.filled(INPUT, 1);
            rows = device.filled(Shape.of(ROWS, 2048), 1);
            first = device.filled(Shape.of(256, 48, 5, 5), 0.001);
            second = device.filled(Shape.of(256, 256, 3, 3), 0.001);
            last = device.filled(Shape.of(1024, 2048), 0.001);
        }

        /** Nanoseconds of a step. */
        long run() {
            device.synchronize();
            long began = System.nanoTime();
            try (TensorScope scope = TensorScope.open()) {
                Tensor y = device.convolutions().forward(x, first, null, FIRST, UnaryFunction.RELU);
                Tensor z = device.convolutions().forward(y, second, null, SECOND, UnaryFunction.RELU);
                Tensor out = device.matrices().linear(rows, last, null, UnaryFunction.RELU);
                Tensor dout = device.filled(out.shape(), 0);
                device.matrices().linearBackwardData(dout, last);
                update(
                        last,
                        device.matrices()
                                .linearBackwardWeights(rows, dout, false)
                                .weights());
                Tensor dz = device.filled(z.shape(), 0);
                Tensor dy = device.convolutions().backwardData(dz, second, SECOND, y.shape());
                update(
                        second,
                        device.convolutions()
                                .backwardWeights(y, dz, SECOND, second.shape(), false)
                                .weights());
                device.convolutions().backwardData(dy, first, FIRST, x.shape());
                update(
                        first,
                        device.convolutions()
                                .backwardWeights(x, dy, FIRST, first.shape(), false)
                                .weights());
                device.synchronize();
            }
            return System.nanoTime() - began;
        }

        /** Weights change in every step of a training, so that nothing made of them can be kept. */
        private void update(Tensor weights, Tensor gradient) {
            device.elementwise().binaryInPlace(BinaryFunction.ADD, weights, gradient);
        }
    }
}
