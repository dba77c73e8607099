package dev.tandem.backend.cuda;

import dev.tandem.spi.Shape;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Products in TF32. Each operand is rounded to 2^-11 of itself, so a sum of many terms is off by a few 1e-4 of the
 * tensor's scale; that it is off by 1e-5 at all shows that TF32 was used. (The conformance suite is not run in TF32:
 * rounding makes ties of its maxima.)
 */
class Tf32Test {
    private final Comparison comparison = new Comparison(
            EmulatedDriver.provider(), Map.of("accelerators", 0L, "devices", 1L, "arena", 0L, "tf32", 1L), 1e-5, 2e-3);

    @AfterEach
    void close() {
        comparison.close();
    }

    /** In large tiles, and in small ones of which most lies outside. */
    @ParameterizedTest
    @CsvSource({
        "300, 67, 261, false, false",
        "300, 67, 261, true, true",
        "70, 33, 19, false, false",
        "70, 33, 19, false, true",
        "70, 33, 19, true, false",
        "70, 33, 19, true, true"
    })
    void products(int rows, int depth, int columns, boolean transposeA, boolean transposeB) {
        comparison.product(rows, depth, columns, transposeA, transposeB);
    }

    /** In small tiles, in large ones, and in groups with the weights' gradient in parts. */
    @ParameterizedTest
    @CsvSource({"1, 5, 7, 9, 3, 1", "2, 70, 16, 72, 3, 1", "4, 6, 24, 4, 5, 2"})
    void convolutions(int samples, int channels, int side, int outputs, int size, int groups) {
        comparison.convolution(Shape.of(samples, channels, side, side), outputs, size, groups);
    }
}
