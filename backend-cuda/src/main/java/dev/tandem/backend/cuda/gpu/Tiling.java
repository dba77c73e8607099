package dev.tandem.backend.cuda.gpu;

/**
 * How a tiled product is cut: as {@code tile_sums.cuh} says. Large ones do more arithmetic for
 * each element they load; small ones give work to all multiprocessors where the result is small.
 */
public enum Tiling {
    LARGE(128),
    SMALL(64);

    private final int side;

    Tiling(int side) {
        this.side = side;
    }

    /** The tiling for {@code products} products of {@code rows x columns} on a device of so many multiprocessors. */
    public static Tiling of(int rows, int columns, int products, int multiprocessors) {
        long blocks = (long) LARGE.across(rows) * LARGE.across(columns) * products;
        // One small tile across holds the rest of a narrow result with less waste.
        boolean narrow = Math.min(rows, columns) <= SMALL.side;
        return narrow || blocks < multiprocessors ? SMALL : LARGE;
    }

    /** How many tiles cover {@code extent}. */
    public int across(int extent) {
        return (extent + side - 1) / side;
    }

    /** The end of the kernels' names for this tiling. */
    String suffix() {
        return this == LARGE ? "_large" : "_small";
    }
}
