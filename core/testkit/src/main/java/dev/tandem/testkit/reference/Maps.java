package dev.tandem.testkit.reference;

import dev.tandem.spi.Tensor;
import java.util.Arrays;

/**
 * The elements of a tensor of rank 4 by their four indices: images {@code (N, C, H, W)}, or kernels
 * {@code (K, C/groups, kh, kw)}.
 */
record Maps(double[] values, int samples, int channels, int height, int width) {
    static Maps of(Tensor tensor) {
        return new Maps(
                ReferenceStorage.of(tensor),
                tensor.shape().dim(0),
                tensor.shape().dim(1),
                tensor.shape().dim(2),
                tensor.shape().dim(3));
    }

    /** The same, with every element set to 0, to add gradients to. */
    static Maps zeroed(Tensor tensor) {
        Maps maps = of(tensor);
        Arrays.fill(maps.values, 0);
        return maps;
    }

    double get(int n, int c, int y, int x) {
        return values[index(n, c, y, x)];
    }

    void set(int n, int c, int y, int x, double value) {
        values[index(n, c, y, x)] = value;
    }

    void add(int n, int c, int y, int x, double value) {
        values[index(n, c, y, x)] += value;
    }

    /** Whether the place is on the map, not in its padding. */
    boolean contains(int y, int x) {
        return y >= 0 && y < height && x >= 0 && x < width;
    }

    /** An action for one place of every map. */
    interface Visit {
        void at(int n, int c, int y, int x);
    }

    /** Visits every element in row-major order. */
    void forEach(Visit visit) {
        for (int n = 0; n < samples; n++) {
            for (int c = 0; c < channels; c++) {
                for (int y = 0; y < height; y++) {
                    for (int x = 0; x < width; x++) {
                        visit.at(n, c, y, x);
                    }
                }
            }
        }
    }

    private int index(int n, int c, int y, int x) {
        return ((n * channels + c) * height + y) * width + x;
    }
}
