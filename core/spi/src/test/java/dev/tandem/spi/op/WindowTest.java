package dev.tandem.spi.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.Window.Rounding;
import org.junit.jupiter.api.Test;

class WindowTest {
    /** 224 = 11 + 53 * 4 + 1: one pixel is left over, and a 55th window hangs over by 3. */
    @Test
    void thePapersFirstConvolution() {
        Window up = Window.over(224, 224, 11, 4, 0, Rounding.UP);

        assertThat(up).isEqualTo(new Window(11, 11, 4, 4, 0, 0, 3, 3));
        assertThat(up.output(Shape.of(128, 3, 224, 224), 96)).isEqualTo(Shape.of(128, 96, 55, 55));
        assertThat(Window.over(224, 224, 11, 4, 0, Rounding.DOWN).outputWidth(224))
                .isEqualTo(54);
        assertThat(Window.over(227, 227, 11, 4, 0, Rounding.UP)).isEqualTo(Window.square(11, 4));
        assertThat(Window.over(224, 224, 11, 4, 2, Rounding.DOWN).outputHeight(224))
                .isEqualTo(55);
    }

    @Test
    void thePapersPoolingHalvesThreeTimes() {
        int size = 55;
        for (int expected : new int[] {27, 13, 6}) {
            Window window = Window.over(size, size, 3, 2, 0, Rounding.UP);
            assertThat(window.outputHeight(size)).isEqualTo(expected);
            size = expected;
        }
        assertThat(Window.over(54, 54, 3, 2, 0, Rounding.UP).outputHeight(54)).isEqualTo(27);
        assertThat(Window.over(54, 54, 3, 2, 0, Rounding.DOWN).outputHeight(54)).isEqualTo(26);
    }

    @Test
    void aLastWindowBeyondTheMapIsDropped() {
        // 2x2 windows at 0, 3, 6; rounding up would start one at 9, where an 8 pixel map has nothing.
        assertThat(Window.over(8, 8, 2, 3, 0, Rounding.UP).outputHeight(8)).isEqualTo(3);
        assertThat(Window.over(9, 9, 2, 3, 0, Rounding.UP)).isEqualTo(Window.square(2, 3));
        assertThat(Window.over(7, 7, 2, 3, 0, Rounding.UP).outputHeight(7)).isEqualTo(3);
    }

    @Test
    void refusesWhatCannotSlide() {
        assertThatThrownBy(() -> Window.square(0, 1))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("0x0");
        assertThatThrownBy(() -> Window.square(3, 0)).hasMessageContaining("size or stride below 1");
        assertThatThrownBy(() -> new Window(3, 3, 1, 1, 3, 0, 0, 0))
                .hasMessageContaining("got top 3, left 0, bottom 0, right 0, expected 0 or more and below");
        assertThatThrownBy(() -> new Window(3, 3, 1, 1, 0, -1, 0, 0)).isInstanceOf(TandemException.class);
        assertThatThrownBy(() -> Window.square(5, 1).outputHeight(4))
                .hasMessageContaining("got 5 over 4 + 0, expected a map of 5 or more");
    }

    /**
     * Every small geometry: rounding up adds at most one window, each window sees the map, and no whole one is left.
     */
    @Test
    void roundingUpAddsAtMostOneWindowWhichSeesTheMap() {
        for (int map = 1; map <= 30; map++) {
            for (int size = 1; size <= 11; size++) {
                for (int stride = 1; stride <= 13; stride++) {
                    for (int pad = 0; pad < size; pad++) {
                        if (map + 2 * pad >= size) {
                            requireSoundRounding(map, size, stride, pad);
                        }
                    }
                }
            }
        }
    }

    private static void requireSoundRounding(int map, int size, int stride, int pad) {
        int down = Window.over(map, map, size, stride, pad, Rounding.DOWN).outputHeight(map);
        int up = Window.over(map, map, size, stride, pad, Rounding.UP).outputHeight(map);
        int lastStart = (up - 1) * stride - pad;
        int nextStart = up * stride - pad;
        boolean sound = (up == down || up == down + 1) && lastStart < map && nextStart + size > map + pad;
        assertThat(sound)
                .as("map %d, size %d, stride %d, pad %d: %d windows down, %d up", map, size, stride, pad, down, up)
                .isTrue();
    }
}
