package dev.tandem.backend.cuda.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tiles and parts of the paper's products at batch 128 on a GPU with 132 multiprocessors. */
class TilingTest {
    private static final int MULTIPROCESSORS = 132;

    /** Weights' gradients of conv1 to conv5, then fc6 to fc8 forward, and a product too small to fill the device. */
    @ParameterizedTest
    @CsvSource({
        "96, 363, 1, 387200, LARGE, 88",
        "128, 1200, 2, 93312, LARGE, 13",
        "384, 2304, 1, 21632, LARGE, 9",
        "192, 1728, 2, 21632, LARGE, 9",
        "128, 1728, 2, 21632, LARGE, 9",
        "128, 4096, 1, 9216, LARGE, 8",
        "128, 4096, 1, 4096, LARGE, 8",
        "128, 1000, 1, 4096, SMALL, 12",
        "64, 4096, 1, 9216, SMALL, 6",
        "10, 10, 1, 100, SMALL, 1"
    })
    void tilesAreChosenAfterTheDepthIsCut(int rows, int columns, int products, int depth, Tiling expected, int parts) {
        Tiling tiling = Tiling.of(rows, columns, products, Tiling.mostParts(depth), MULTIPROCESSORS);
        assertThat(tiling).isEqualTo(expected);
        int chunk = tiling.chunk(rows, columns, products, depth, MULTIPROCESSORS);
        assertThat(chunk % 16).isZero();
        assertThat((depth + chunk - 1) / chunk).isEqualTo(parts);
    }

    /** The depth of these is not cut: conv1 to conv5 forward, and the data's gradients of conv2. */
    @ParameterizedTest
    @CsvSource({
        "96, 387200, 1, LARGE",
        "128, 93312, 2, LARGE",
        "384, 21632, 1, LARGE",
        "192, 21632, 2, LARGE",
        "128, 21632, 2, LARGE",
        "48, 93312, 2, SMALL",
        "384, 169, 1, SMALL"
    })
    void tilesOfProductsInOnePart(int rows, int columns, int products, Tiling expected) {
        assertThat(Tiling.of(rows, columns, products, 1, MULTIPROCESSORS)).isEqualTo(expected);
    }
}
