package dev.tandem.backend.cuda;

import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Shapes that reach every path of the tiled products, in single precision, TF32 and bfloat16: edges of tiles in all three
 * directions, rows at addresses that can be read four numbers at a time and others, results in quads and others, depths
 * longer than the table of a patch's elements, and depths in parts.
 */
class ProductShapesTest {
    private static void inEach(Consumer<Comparison> test) {
        Map<String, Long> settings = Map.of("accelerators", 0L, "devices", 1L, "arena", 0L);
        try (Comparison comparison = new Comparison(EmulatedDriver.provider(), settings, 1e-5)) {
            test.accept(comparison);
        }
        Map<String, Long> bf16 = Map.of("accelerators", 0L, "devices", 1L, "arena", 0L, "bf16", 1L);
        try (Comparison comparison = new Comparison(EmulatedDriver.provider(), bf16, new Bf16Rounding())) {
            test.accept(comparison);
        }
        Map<String, Long> tf32 = Map.of("accelerators", 0L, "devices", 1L, "arena", 0L, "tf32", 1L);
        try (Comparison comparison = new Comparison(EmulatedDriver.provider(), tf32, Tf32Rounding.TWO_THIRDS)) {
            test.accept(comparison);
        }
    }

    /**
     * The window is {@code height x width, strides, top left bottom right padding}. In order: like the paper's first
     * layer; uneven padding in groups; a stride that skips; 1 x 1; other strides and sizes by axis; a depth of more than
     * 256; large tiles.
     */
    @ParameterizedTest
    @CsvSource({
        "2 3 23 21, 10, 11 11 4 4 2 2 1 0, 1",
        "1 6 9 8, 9, 3 3 1 1 1 0 1 2, 3",
        "2 10 7 7, 6, 5 5 2 2 2 1 2 2, 2",
        "3 5 5 6, 7, 1 1 1 1 0 0 0 0, 1",
        "1 8 13 11, 4, 3 2 3 1 0 1 1 0, 2",
        "2 33 9 9, 65, 3 3 1 1 1 1 1 1, 1",
        "1 36 12 12, 130, 3 3 1 1 1 1 1 1, 1"
    })
    void convolutions(String input, int outputs, String window, int groups) {
        int[] w = numbers(window);
        Comparison.Program passes = Comparison.passes(
                Shape.of(numbers(input)), outputs, new Window(w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]), groups);
        inEach(comparison -> comparison.agree(passes));
    }

    private static int[] numbers(String text) {
        return Arrays.stream(text.split(" ")).mapToInt(Integer::parseInt).toArray();
    }

    /** Rows of all matrices that can be read four numbers at a time, and tiles that are not full. */
    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void productsOfAlignedRows(boolean transposeA, boolean transposeB) {
        inEach(comparison -> comparison.product(132, 44, 260, transposeA, transposeB));
    }

    /** Small results of a long depth, as in fully-connected layers: the depth is cut into parts. */
    @ParameterizedTest
    @ValueSource(ints = {1600, 1603})
    void productsInParts(int depth) {
        inEach(comparison -> comparison.agree(linear(depth)));
    }

    private static Comparison.Program linear(int depth) {
        return (device, inputs, results) -> {
            Tensor x = inputs.normal("x", 7, depth);
            Tensor w = inputs.normal("w", 20, depth);
            Tensor bias = inputs.normal("bias", 20);
            results.put("y", device.matrices().linear(x, w, bias, UnaryFunction.RELU), depth + 1);
            results.put("product", device.matrices().product(x, false, w, true), depth);
        };
    }

    /** The emulated driver runs blocks in another order each time. */
    @Test
    void bitsRepeat() {
        inEach(comparison -> {
            comparison.repeat(Comparison.passes(Shape.of(4, 3, 18, 18), 5, Window.square(3, 1), 1));
            comparison.repeat(linear(1600));
        });
    }
}
