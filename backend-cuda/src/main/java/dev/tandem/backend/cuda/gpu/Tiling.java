package dev.tandem.backend.cuda.gpu;

/**
 * The tiles of a tiled product, as in {@code tile_sums.cuh}. Large tiles do more arithmetic for each element that they
 * load. Small tiles keep all multiprocessors busy if the result is small.
 */
public enum Tiling {
    LARGE(128),
    SMALL(64);

    private final int side;

    Tiling(int side) {
        this.side = side;
    }

    /** The tiling for {@code products} products of {@code rows x columns} on a device with {@code multiprocessors}. */
    public static Tiling of(int rows, int columns, int products, int multiprocessors) {
        long blocks = (long) LARGE.across(rows) * LARGE.across(columns) * products;
        // A small tile covers a narrow result with less waste.
        boolean narrow = Math.min(rows, columns) <= SMALL.side;
        return narrow || blocks < multiprocessors ? SMALL : LARGE;
    }

    /** How many tiles cover {@code extent}. */
    public int across(int extent) {
        return (extent + side - 1) / side;
    }

    /** The suffix of the kernels' names for this tiling. */
    String suffix() {
        return this == LARGE ? "_large" : "_small";
    }
}
