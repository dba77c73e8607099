package dev.tandem.backend.cpu.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tandem.backend.cpu.device.MemoryBudget;
import dev.tandem.backend.cpu.device.NativeLibraries;
import dev.tandem.backend.cpu.onednn.Precision;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.DataType;
import dev.tandem.spi.DeviceId;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.UnaryFunction;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sums over more weights of 16 bits than oneDNN 3.11 adds up rightly are right, or are not computed so. */
class ReducedLinearTest {
    private static final long SEED = 5;
    private static final int IN = 4096;
    private static final int OUT = 192;
    private static final int SAMPLES = 2;

    @ParameterizedTest
    @CsvSource({"BF16, 512, true", "F16, 512, true", "BF16, 1024, false", "F16, 1024, false"})
    void aProductIsRightOrNotUsed(Precision precision, int longestSlice, boolean isUsed) {
        assumeTrue(
                NativeLibraries.oneDnnProblem().isEmpty() && NativeLibraries.hasAvx2(),
                "oneDNN has no products with weights of 16 bits here");
        DeviceId id = new DeviceId("cpu", 0);
        try (Workbench bench = new Workbench(id, 1, true, Precision.F32, precision, MemoryBudget.ofMachine())) {
            Random random = new Random(SEED);
            float[] x = integers(random, SAMPLES * IN);
            float[] w = integers(random, OUT * IN);
            float[] y = new float[SAMPLES * OUT];
            boolean used = bench.thread().call("linear", () -> {
                ReducedLinear linear = new ReducedLinear(bench, new FlattenedRows(bench), longestSlice);
                CpuStorage out = new CpuStorage(Shape.of(SAMPLES, OUT), DataType.F32);
                boolean done = linear.forward(
                        storage(bench, SAMPLES, x), storage(bench, OUT, w), null, UnaryFunction.IDENTITY, out);
                bench.storages().plain(out).get(0, y, 0, y.length);
                return done;
            });
            assertThat(used || !isUsed).isTrue();
            for (int i = 0; used && i < y.length; i++) {
                float sum = 0;
                for (int k = 0; k < IN; k++) {
                    sum += x[i / OUT * IN + k] * w[i % OUT * IN + k];
                }
                assertThat(y[i]).as("output %d, seed %d", i, SEED).isEqualTo(sum);
            }
        }
    }

    private static CpuStorage storage(Workbench bench, int rows, float[] values) {
        CpuStorage storage = new CpuStorage(Shape.of(rows, IN), DataType.F32);
        bench.storages().output(storage).put(0, values, 0, values.length);
        return storage;
    }

    private static float[] integers(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.nextInt(9) - 4;
        }
        return values;
    }
}
