package dev.tandem.testkit.reference;

import dev.tandem.spi.Storage;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import java.util.Arrays;

/**
 * A tensor's elements, row-major, in double precision (which holds labels exactly, too). Born full of NaN, so that
 * reading what was never written shows; empty after release, so that use after release throws.
 */
final class ReferenceStorage implements Storage {
    private double[] values;

    ReferenceStorage(int elements) {
        values = new double[elements];
        Arrays.fill(values, Double.NaN);
    }

    /** The live elements of {@code tensor}. */
    static double[] of(Tensor tensor) {
        return ((ReferenceStorage) tensor.storage()).values("tensor " + tensor.shape());
    }

    long bytes() {
        return (long) values("release").length * Double.BYTES;
    }

    void release() {
        // Also spoils the array for a kernel that still holds it.
        Arrays.fill(values("release"), Double.NaN);
        values = null;
    }

    double[] values(String operation) {
        if (values == null) {
            throw TandemException.argument(
                    operation,
                    "memory used after its release",
                    "a released storage",
                    "a live one",
                    "Release each storage once, after its last use");
        }
        return values;
    }
}
