package dev.tandem.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.spi.Device;
import dev.tandem.spi.HostMemory;
import dev.tandem.spi.InputTensor;
import dev.tandem.spi.MemoryUse;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.UnaryFunction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** Host transfers, copies of ranges, reshapes, and the release of memory. */
final class MemoryConformance {
    private static final int[][] SHAPES = {{}, {1}, {13}, {3, 5}, {2, 3, 4}, {2, 17, 3, 5}, {1, 16, 2, 2}};

    private final SideBySide sides;

    MemoryConformance(SideBySide sides) {
        this.sides = sides;
    }

    Stream<DynamicTest> tests() {
        List<DynamicTest> tests = new ArrayList<>();
        for (int[] shape : SHAPES) {
            tests.add(transfers(Shape.of(shape)));
            tests.add(fromHostMemory(Shape.of(shape)));
            for (int axis = 0; axis < shape.length; axis++) {
                tests.add(sliceAndJoin(shape, axis, Origin.HOST));
                if (shape.length == 4) {
                    tests.add(sliceAndJoin(shape, axis, Origin.CONVOLUTION));
                }
            }
        }
        for (int[] shape : SHAPES) {
            for (Origin origin : shape.length == 4 ? Origin.values() : new Origin[] {Origin.HOST}) {
                tests.add(permute(shape, origin));
            }
        }
        tests.add(permute(new int[] {2, 3, 2, 4, 3, 2, 2}, Origin.HOST));
        for (int channels : new int[] {1, 5, 16, 17}) {
            tests.add(reshape(channels));
        }
        tests.add(inputsInTurn());
        tests.add(labels());
        tests.add(reshapeOutlivesItsSource());
        tests.add(accounts());
        return tests.stream();
    }

    private DynamicTest transfers(Shape shape) {
        String name = "write and read " + shape;
        return sides.alone(name, device -> {
            float[] values = new float[(int) shape.elements()];
            float[] extremes = {-0.5f, 3e38f, -1e-30f, 0, -16777217};
            for (int i = 0; i < values.length; i++) {
                values[i] = i < extremes.length ? extremes[i] : i - 0.1f;
            }
            try (Tensor t = device.allocate(shape)) {
                float[] reused = values.clone();
                t.write(reused);
                Arrays.fill(reused, Float.NaN);
                assertThat(t.read()).as(name).containsExactly(values);
                double[] wide = t.readDoubles();
                for (int i = 0; i < values.length; i++) {
                    assertThat(wide[i]).as("%s, in double precision", name).isEqualTo(values[i]);
                    wide[i] = -wide[i];
                }
                assertThat(t.writeDoubles(wide).readDoubles())
                        .as("%s, written in double precision", name)
                        .containsExactly(wide);
            }
        });
    }

    /** From the middle of an array, and of the device's own memory if it has some; either is overwritten after that. */
    private DynamicTest fromHostMemory(Shape shape) {
        String name = "write " + shape + " from host memory";
        return sides.alone(name, device -> {
            int length = shape.arrayLength();
            for (HostMemory memory : List.of(new HostMemory(length + 2), HostMemory.of(length + 2, List.of(device)))) {
                float[] values = new float[length];
                for (int i = 0; i < length; i++) {
                    values[i] = i + 0.5f;
                }
                memory.values().put(1, values);
                try (Tensor t = device.allocate(shape).write(memory, 1)) {
                    memory.values().put(new float[length + 2]);
                    assertThat(t.read()).as("%s, %s", name, memory).containsExactly(values);
                }
            }
        });
    }

    /** Two inputs in turn, each filled while the device works with the other, and again before it was used. */
    private DynamicTest inputsInTurn() {
        String name = "fill inputs while the device works";
        return sides.alone(name, device -> {
            Shape shape = Shape.of(2, 3, 40, 40);
            List<Optional<InputTensor>> inputs =
                    List.of(device.memory().input(shape), device.memory().input(shape));
            HostMemory memory = HostMemory.of(shape.arrayLength(), List.of(device));
            float[] values = new float[shape.arrayLength()];
            List<Tensor> results = new ArrayList<>();
            for (int round = 0; round < 6; round++) {
                Arrays.fill(values, round);
                Optional<InputTensor> input = inputs.get(round % 2);
                if (input.isPresent()) {
                    input.get().fill(memory, 0);
                    memory.values().put(values);
                    input.get().fill(memory, 0);
                    results.add(device.elementwise().affine(input.get().take(), 2, 1));
                    input.get().done();
                }
            }
            for (int round = 0; round < results.size(); round++) {
                assertThat(results.get(round).read()).as(name).containsOnly(2 * round + 1);
                results.get(round).close();
            }
            inputs.forEach(input -> input.ifPresent(InputTensor::close));
        });
    }

    private DynamicTest sliceAndJoin(int[] shape, int axis, Origin origin) {
        String name = "slice and join " + Arrays.toString(shape) + " along " + axis + " from " + origin;
        return sides.agree(name, side -> {
            Device device = side.device();
            Tensor a = side.from(origin, side.normal("a", shape));
            Tensor b = side.normal("b", shape);
            int extent = shape[axis];
            Tensor first = device.memory().slice(a, axis, 0, 1);
            Tensor last = device.memory().slice(a, axis, extent - 1, 1);
            side.result("first", first);
            side.result("last", last);
            side.result("most", device.memory().slice(a, axis, extent / 3, extent - extent / 3));
            side.result("joined", device.memory().concatenate(axis, a, b, last, first));
            Tensor patched = side.from(origin, b);
            device.kernels().memory().copyRange(a, extent - 1, patched, 0, axis, 1);
            side.result("patched", patched);
        });
    }

    /** The axes in reverse, and moved round by each number of places. */
    private DynamicTest permute(int[] shape, Origin origin) {
        return sides.agree("permute " + Arrays.toString(shape) + " from " + origin, side -> {
            Tensor x = side.from(origin, side.normal("x", shape));
            int rank = shape.length;
            int[] reverse = IntStream.range(0, rank).map(i -> rank - 1 - i).toArray();
            side.result("reversed", side.device().memory().permute(x, reverse));
            for (int by = 0; by < rank; by++) {
                int places = by;
                int[] moved =
                        IntStream.range(0, rank).map(i -> (i + places) % rank).toArray();
                side.result("moved by " + by, side.device().memory().permute(x, moved));
            }
        });
    }

    /** A convolution's output as rows and back; and as input of what follows a reshape. */
    private DynamicTest reshape(int channels) {
        return sides.agree("reshape " + channels + " maps", side -> {
            Device device = side.device();
            Tensor maps = side.from(Origin.CONVOLUTION, side.normal("maps", 2, channels, 3, 4));
            Tensor rows = side.result("rows", device.memory().reshape(maps, Shape.of(2, channels * 12)));
            Tensor w = side.normal("w", 7, channels * 12);
            side.result("y", device.matrices().linear(rows, w, null, UnaryFunction.IDENTITY));
            Tensor dy = side.normal("dy", 2, 7);
            Tensor drows = device.matrices().linearBackwardData(dy, w);
            Tensor dmaps = device.memory().reshape(drows, maps.shape());
            side.result("back as maps", side.from(Origin.CONVOLUTION, dmaps));
            side.result("turned", device.memory().reshape(maps, Shape.of(12, 2, channels)));
            side.result("flat", device.memory().reshape(maps, Shape.of(24 * channels)));
        });
    }

    /** Labels cannot be read back, so the losses that they select are compared. */
    private DynamicTest labels() {
        return sides.agree("slices, joins and reshapes of labels", side -> {
            Device device = side.device();
            Tensor logits = side.normal("logits", 5, 4);
            Tensor labels = device.labels(3, 0, 2, 1, 3);
            Tensor turned = device.memory()
                    .concatenate(
                            0,
                            device.memory().slice(labels, 0, 3, 2),
                            device.memory().slice(labels, 0, 0, 3));
            side.result(
                    "turned", device.reductions().crossEntropy(logits, turned).losses());
            Tensor column = device.memory().reshape(labels, Shape.of(5, 1));
            Tensor back = device.memory().reshape(column, Shape.of(5));
            side.result(
                    "reshaped", device.reductions().crossEntropy(logits, back).losses());
        });
    }

    private DynamicTest reshapeOutlivesItsSource() {
        String name = "a reshaped tensor outlives its source";
        return sides.alone(name, device -> {
            Tensor source = device.tensor(Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
            Tensor reshaped = device.memory().reshape(source, Shape.of(3, 2));
            source.close();
            try (Tensor other = device.filled(Shape.of(2, 3), Double.NaN)) {
                assertThat(reshaped.read()).as(name).containsExactly(1, 2, 3, 4, 5, 6);
            }
            reshaped.close();
            reshaped.close();
            assertThat(source.isClosed() && reshaped.isClosed()).isTrue();
        });
    }

    private DynamicTest accounts() {
        return sides.alone("memory in use", device -> {
            MemoryUse before = device.memoryUse();
            try (TensorScope scope = TensorScope.open();
                    Tensor kept = scope.keep(device.filled(Shape.of(1000), 1))) {
                Tensor scoped = device.filled(Shape.of(500), 1);
                MemoryUse during = device.memoryUse();
                assertThat(during.used())
                        .as("used")
                        .isGreaterThanOrEqualTo(before.used() + kept.bytes() + scoped.bytes());
                assertThat(during.peak()).as("peak").isGreaterThanOrEqualTo(during.used());
                assertThat(during.reserved()).as("reserved").isGreaterThanOrEqualTo(during.used());
                assertThat(during.available()).as("available").isPositive();
            }
        });
    }
}
