package dev.tandem.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ShapeTest {
    private final Shape images = Shape.of(128, 96, 55, 54);

    @Test
    void countsAndMeasures() {
        assertThat(images.rank()).isEqualTo(4);
        assertThat(images.dim(3)).isEqualTo(54);
        assertThat(images.elements()).isEqualTo(128L * 96 * 55 * 54);
        assertThat(images.stride(0)).isEqualTo(96 * 55 * 54);
        assertThat(images.stride(3)).isEqualTo(1);
        assertThat(Shape.of(1 << 16, 1 << 16).elements()).isEqualTo(1L << 32);
    }

    @Test
    void derivesOthers() {
        assertThat(images.withoutBatch()).isEqualTo(Shape.of(96, 55, 54));
        assertThat(images.withoutBatch().batchOf(2)).isEqualTo(Shape.of(2, 96, 55, 54));
        assertThat(images.with(1, 48)).isEqualTo(Shape.of(128, 48, 55, 54));
        assertThat(Shape.of(7).withoutBatch()).isEqualTo(Shape.scalar());
    }

    @Test
    void scalarHasOneElement() {
        assertThat(Shape.scalar().elements()).isEqualTo(1);
        assertThat(Shape.of()).isSameAs(Shape.scalar());
        assertThat(Shape.scalar()).hasToString("scalar");
    }

    @Test
    void isAValueThatNobodyCanChange() {
        int[] dims = {2, 3};
        Shape shape = Shape.of(dims);
        dims[0] = 9;
        shape.dims()[1] = 9;

        assertThat(shape)
                .isEqualTo(Shape.of(2, 3))
                .hasSameHashCodeAs(Shape.of(2, 3))
                .hasToString("2x3");
        assertThat(shape).isNotEqualTo(Shape.of(3, 2)).isNotEqualTo(Shape.of(2, 3, 1));
    }

    @Test
    void refusesExtentsBelowOneAndTooManyElements() {
        assertThatThrownBy(() -> Shape.of(2, 0))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("got [2, 0], expected extents of 1 or more");
        assertThatThrownBy(() -> Shape.of(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("more elements than can be counted");
    }
}
