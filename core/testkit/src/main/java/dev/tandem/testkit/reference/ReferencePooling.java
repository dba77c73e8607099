package dev.tandem.testkit.reference;

import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.PoolingKernels;
import dev.tandem.spi.op.Window;

/**
 * Pooling by its definition. The window of output {@code (oy, ox)} covers rows {@code oy * strideY - padTop} onwards
 * and columns {@code ox * strideX - padLeft} onwards, cut to the map: padding never counts.
 */
final class ReferencePooling implements PoolingKernels {
    @Override
    public void max(Tensor x, Window window, Tensor y) {
        Maps in = Maps.of(x);
        Maps out = Maps.of(y);
        out.forEach((n, c, oy, ox) -> {
            Place place = Place.of(in, window, oy, ox);
            int greatest = greatest(in, n, c, place);
            out.set(n, c, oy, ox, in.get(n, c, greatest / in.width(), greatest % in.width()));
        });
    }

    @Override
    public void maxBackward(Tensor x, Tensor y, Tensor dy, Window window, Tensor dx) {
        Maps in = Maps.of(x);
        Maps gradient = Maps.of(dy);
        Maps result = Maps.zeroed(dx);
        gradient.forEach((n, c, oy, ox) -> {
            Place place = Place.of(in, window, oy, ox);
            int greatest = greatest(in, n, c, place);
            result.add(n, c, greatest / in.width(), greatest % in.width(), gradient.get(n, c, oy, ox));
        });
    }

    @Override
    public void average(Tensor x, Window window, Tensor y) {
        Maps in = Maps.of(x);
        Maps out = Maps.of(y);
        out.forEach((n, c, oy, ox) -> {
            Place place = Place.of(in, window, oy, ox);
            double sum = 0;
            for (int i = place.top; i < place.bottom; i++) {
                for (int j = place.left; j < place.right; j++) {
                    sum += in.get(n, c, i, j);
                }
            }
            out.set(n, c, oy, ox, sum / place.elements());
        });
    }

    @Override
    public void averageBackward(Tensor dy, Window window, Tensor dx) {
        Maps gradient = Maps.of(dy);
        Maps result = Maps.zeroed(dx);
        gradient.forEach((n, c, oy, ox) -> {
            Place place = Place.of(result, window, oy, ox);
            double share = gradient.get(n, c, oy, ox) / place.elements();
            for (int i = place.top; i < place.bottom; i++) {
                for (int j = place.left; j < place.right; j++) {
                    result.add(n, c, i, j, share);
                }
            }
        });
    }

    /**
     * The real elements of one window: rows {@code top} to {@code bottom - 1}, columns {@code left} to {@code right -
     * 1}.
     */
    private record Place(int top, int bottom, int left, int right) {
        static Place of(Maps maps, Window window, int oy, int ox) {
            int top = oy * window.strideY() - window.padTop();
            int left = ox * window.strideX() - window.padLeft();
            return new Place(
                    Math.max(top, 0),
                    Math.min(top + window.height(), maps.height()),
                    Math.max(left, 0),
                    Math.min(left + window.width(), maps.width()));
        }

        int elements() {
            return (bottom - top) * (right - left);
        }
    }

    /**
     * The place {@code row * width + column} of the window's greatest element, the first in row-major order among
     * equals.
     */
    private static int greatest(Maps in, int n, int c, Place place) {
        int row = place.top;
        int column = place.left;
        for (int i = place.top; i < place.bottom; i++) {
            for (int j = place.left; j < place.right; j++) {
                if (in.get(n, c, i, j) > in.get(n, c, row, column)) {
                    row = i;
                    column = j;
                }
            }
        }
        return row * in.width() + column;
    }
}
