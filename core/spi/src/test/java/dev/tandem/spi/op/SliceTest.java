package dev.tandem.spi.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class SliceTest {
    private static final Shape WHOLE = Shape.of(2, 3, 4);

    private static long[] wholeIndices(Slice slice) {
        return LongStream.range(0, slice.shape().elements())
                .map(slice::wholeIndex)
                .toArray();
    }

    @Test
    void allIsTheWhole() {
        assertThat(Slice.all(WHOLE).shape()).isEqualTo(WHOLE);
        assertThat(wholeIndices(Slice.all(WHOLE)))
                .containsExactly(LongStream.range(0, 24).toArray());
    }

    @Test
    void indicesAreThoseOfTheWhole() {
        assertThat(wholeIndices(new Slice(WHOLE, 0, 1, 1)))
                .containsExactly(12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23);
        assertThat(wholeIndices(new Slice(WHOLE, 1, 1, 2)))
                .containsExactly(4, 5, 6, 7, 8, 9, 10, 11, 16, 17, 18, 19, 20, 21, 22, 23);
        assertThat(wholeIndices(new Slice(WHOLE, 2, 3, 1))).containsExactly(3, 7, 11, 15, 19, 23);
    }

    @Test
    void indicesReachBeyondAnInt() {
        Slice last = new Slice(Shape.of(1 << 16, 1 << 16), 0, (1 << 16) - 1, 1);

        assertThat(last.wholeIndex(5)).isEqualTo((1L << 32) - (1 << 16) + 5);
    }

    @Test
    void refusesRangesOutside() {
        assertThatThrownBy(() -> new Slice(WHOLE, 1, 2, 2))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("outside of 2x3x4, got 2 to 4 along axis 1");
        assertThatThrownBy(() -> new Slice(WHOLE, 3, 0, 1)).isInstanceOf(TandemException.class);
        assertThatThrownBy(() -> new Slice(WHOLE, 0, -1, 1)).isInstanceOf(TandemException.class);
        assertThatThrownBy(() -> new Slice(WHOLE, 0, 0, 0)).isInstanceOf(TandemException.class);
    }
}
