package dev.tandem.weights.published;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.spi.Shape;
import dev.tandem.weights.published.Arrangement.Kernel;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Every order of axes leads to the same weights: each element tells where it belongs. */
class ArrangementTest {
    private static final int OUT = 2;
    private static final int IN = 3;
    private static final int HEIGHT = 4;
    private static final int WIDTH = 5;
    private static final Kernel CONVOLUTION = new Kernel(new int[] {OUT, IN, HEIGHT, WIDTH}, false);
    private static final Kernel MATRIX = new Kernel(new int[] {OUT, IN, HEIGHT, WIDTH}, true);

    private interface Element {
        int at(int o, int i, int y, int x);
    }

    /** The elements of a file whose loops, outermost first, run over these axes: 0 out, 1 in, 2 height, 3 width. */
    private static float[] stored(int[] loops, Element element) {
        int[] extents = {OUT, IN, HEIGHT, WIDTH};
        float[] elements = new float[OUT * IN * HEIGHT * WIDTH];
        int[] index = new int[4];
        for (int n = 0; n < elements.length; n++) {
            int rest = n;
            for (int d = 3; d >= 0; d--) {
                index[loops[d]] = rest % extents[loops[d]];
                rest /= extents[loops[d]];
            }
            elements[n] = element.at(index[0], index[1], index[2], index[3]);
        }
        return elements;
    }

    private static int code(int o, int i, int y, int x) {
        return ((o * IN + i) * HEIGHT + y) * WIDTH + x;
    }

    private static void assertInOrder(Arrangement arrangement, boolean reverses, boolean turns, float[] stored) {
        float[] elements = new float[stored.length];
        InMemoryFile file = InMemoryFile.of("a").add("w", arrangement.shape(MATRIX), stored);
        file.tensors().get(0).scatter(elements, arrangement.layout(CONVOLUTION, 0, reverses, turns));
        for (int n = 0; n < elements.length; n++) {
            assertThat(elements[n]).as("%s, element %d", arrangement, n).isEqualTo(n);
        }
    }

    @Test
    void eachOrderOfAxesIsPutInOrder() {
        assertInOrder(
                Arrangement.OUT_IN_HEIGHT_WIDTH, false, false, stored(new int[] {0, 1, 2, 3}, ArrangementTest::code));
        assertInOrder(
                Arrangement.HEIGHT_WIDTH_IN_OUT, false, false, stored(new int[] {2, 3, 1, 0}, ArrangementTest::code));
        assertInOrder(
                Arrangement.OUT_IN_WIDTH_HEIGHT, false, false, stored(new int[] {0, 1, 3, 2}, ArrangementTest::code));
        assertInOrder(Arrangement.IN_OUT, false, false, stored(new int[] {1, 2, 3, 0}, ArrangementTest::code));
    }

    @Test
    void inputsAreReversedAndKernelsTurned() {
        assertInOrder(
                Arrangement.OUT_IN_HEIGHT_WIDTH,
                true,
                false,
                stored(new int[] {0, 1, 2, 3}, (o, i, y, x) -> code(o, IN - 1 - i, y, x)));
        assertInOrder(
                Arrangement.HEIGHT_WIDTH_IN_OUT,
                true,
                true,
                stored(new int[] {2, 3, 1, 0}, (o, i, y, x) -> code(o, IN - 1 - i, HEIGHT - 1 - y, WIDTH - 1 - x)));
    }

    @Test
    void aGroupLiesBehindTheOneBefore() {
        float[] elements = new float[2 * CONVOLUTION.elements()];
        float[] ones = new float[CONVOLUTION.elements()];
        Arrays.fill(ones, 1);
        InMemoryFile file = InMemoryFile.of("a").add("w", Shape.of(OUT, IN, HEIGHT, WIDTH), ones);
        file.tensors()
                .get(0)
                .scatter(
                        elements,
                        Arrangement.OUT_IN_HEIGHT_WIDTH.layout(CONVOLUTION, CONVOLUTION.elements(), false, false));
        assertThat(elements[CONVOLUTION.elements() - 1]).isZero();
        assertThat(elements[CONVOLUTION.elements()]).isEqualTo(1);
        assertThat(elements[elements.length - 1]).isEqualTo(1);
    }

    @Test
    void shapesFitWithTheirAxesInOneOrEachAlone() {
        assertThat(Arrangement.OUT_IN_HEIGHT_WIDTH.fits(Shape.of(2, 60), MATRIX))
                .isTrue();
        assertThat(Arrangement.OUT_IN_HEIGHT_WIDTH.fits(Shape.of(1, 1, 2, 60), MATRIX))
                .isTrue();
        assertThat(Arrangement.OUT_IN_HEIGHT_WIDTH.fits(Shape.of(2, 3, 4, 5), MATRIX))
                .isTrue();
        assertThat(Arrangement.OUT_IN_HEIGHT_WIDTH.fits(Shape.of(60, 2), MATRIX))
                .isFalse();
        assertThat(Arrangement.HEIGHT_WIDTH_IN_OUT.fits(Shape.of(60, 2), MATRIX))
                .isTrue();
        assertThat(Arrangement.HEIGHT_WIDTH_IN_OUT.fits(Shape.of(4, 5, 3, 2), MATRIX))
                .isTrue();
        assertThat(Arrangement.OUT_IN_WIDTH_HEIGHT.fits(Shape.of(2, 3, 5, 4), MATRIX))
                .isTrue();
        assertThat(Arrangement.OUT_IN_HEIGHT_WIDTH.fits(Shape.of(2, 60), CONVOLUTION))
                .isFalse();
        Kernel single = new Kernel(new int[] {1, 3, 1, 1}, true);
        assertThat(Arrangement.OUT_IN_HEIGHT_WIDTH.fits(Shape.of(1, 3), single)).isTrue();
    }
}
