package dev.tandem.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * Operations one after another, which exchange layouts: a small net over several steps, and pairs that went wrong
 * before.
 */
final class ChainConformance {
    private final SideBySide sides;

    ChainConformance(SideBySide sides) {
        this.sides = sides;
    }

    Stream<DynamicTest> tests() {
        List<DynamicTest> tests = new ArrayList<>();
        tests.add(sides.agree("three training steps of a small net", side -> {
            try (SmallNet net = new SmallNet(side)) {
                for (int step = 0; step < 3; step++) {
                    net.step();
                }
            }
        }));
        tests.add(memoryStaysFlat());
        for (int channels : new int[] {3, 17}) {
            for (UnaryFunction f : UnaryFunction.values()) {
                tests.add(functionBetweenConvolutions(channels, f));
            }
        }
        return tests.stream();
    }

    private DynamicTest memoryStaysFlat() {
        String name = "memory of a small net from the second step on";
        return sides.alone(name, device -> {
            try (SmallNet net = new SmallNet(new Side(device, sides.seed(), name))) {
                net.step();
                net.step();
                long reserved = device.memoryUse().reserved();
                long used = device.memoryUse().used();
                for (int step = 3; step <= 6; step++) {
                    net.step();
                    assertThat(device.memoryUse().reserved())
                            .as("bytes reserved on %s after step %d", device.id(), step)
                            .isEqualTo(reserved);
                    assertThat(device.memoryUse().used())
                            .as("bytes used on %s after step %d", device.id(), step)
                            .isEqualTo(used);
                }
            }
        });
    }

    /**
     * A layout may pad the channels: a function that takes the padding's zeros to something else (a logarithm, to minus
     * infinity) must not let that into the convolution that follows, nor into a sum.
     */
    private DynamicTest functionBetweenConvolutions(int channels, UnaryFunction f) {
        return sides.agree(f + " between convolutions of " + channels + " maps", side -> {
            Tensor x = side.from(Origin.CONVOLUTION, side.between("x", 0.5, 2, 2, channels, 4, 3));
            Tensor y = side.device().elementwise().unary(f, x);
            Tensor shifted = side.device().elementwise().affine(y, 1, 3);
            ConvolutionSpec spec = new ConvolutionSpec(Window.square(2, 1), 1);
            Tensor w = side.normal("w", channels, channels, 2, 2);
            Tensor z = side.result(
                    "z", side.device().convolutions().forward(shifted, w, null, spec, UnaryFunction.IDENTITY));
            side.result("sum", side.device().reductions().sum(shifted));
            Tensor dw = side.device()
                    .convolutions()
                    .backwardWeights(shifted, z, spec, w.shape(), false)
                    .weights();
            side.result("dw", dw);
        });
    }
}
