package dev.tandem.backend.cpu.normalization;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.spi.Shape;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.ResponseNormalization.Neighbourhood;
import org.junit.jupiter.api.Test;

/** A neighbourhood larger than the maps is all of them, and takes no memory for what is beyond. */
class NeighbourSumsTest {
    private static float[] sums(Neighbourhood neighbourhood, int size) {
        ResponseNormalization spec = new ResponseNormalization(neighbourhood, size, 1, 1, 1, 1);
        float[] values = {1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60};
        float[] sums = new float[values.length];
        new NeighbourSums(Shape.of(1, 2, 2, 3), spec).of(values, sums);
        return sums;
    }

    @Test
    void aNeighbourhoodMayBeLargerThanTheMaps() {
        for (int size : new int[] {5, 99, 2_000_001, Integer.MAX_VALUE}) {
            assertThat(sums(Neighbourhood.WITHIN_MAP, size))
                    .as("within a map, size " + size)
                    .containsExactly(21, 21, 21, 21, 21, 21, 210, 210, 210, 210, 210, 210);
            assertThat(sums(Neighbourhood.ACROSS_MAPS, size))
                    .as("across maps, size " + size)
                    .containsExactly(11, 22, 33, 44, 55, 66, 11, 22, 33, 44, 55, 66);
        }
    }
}
