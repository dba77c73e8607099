package dev.tandem.backend.cuda.gpu;

/**
 * The tiles of a tiled product, as in {@code tiles.cuh}. Large tiles do more arithmetic for each element that they load.
 * Small tiles cover a narrow result with less waste, and keep all multiprocessors busy if the result is small.
 */
public enum Tiling {
    LARGE(128, 2),
    SMALL(64, 3);

    // A part of the depth shorter than this is not worth a block of its own.
    private static final int LEAST_CHUNK = 256;
    // The tiles' depths divide it, so that no part ends inside a step.
    private static final int CHUNK_UNIT = 16;
    // The largest grid along z.
    private static final int MOST_BLOCKS_DEEP = 65_535;
    // More parts than fill the device so many times are not tried.
    private static final int MOST_WAVES = 4;
    // This much of a wave is good enough.
    private static final double FULL = 0.9;

    private final int side;
    private final int blocksEach;

    Tiling(int side, int blocksEach) {
        this.side = side;
        this.blocksEach = blocksEach;
    }

    /**
     * The tiling for {@code products} products of {@code rows x columns} on a device with {@code multiprocessors}.
     *
     * @param parts how many parts their depth can be cut into: see {@link #mostParts}
     */
    public static Tiling of(int rows, int columns, int products, int parts, int multiprocessors) {
        boolean wasteful = LARGE.covered(rows, columns) > 1.5 * SMALL.covered(rows, columns);
        return wasteful || LARGE.blocks(rows, columns, products) * parts < multiprocessors ? SMALL : LARGE;
    }

    /** The most parts that a sum over {@code depth} can be cut into. */
    public static int mostParts(int depth) {
        return Math.max(1, depth / LEAST_CHUNK);
    }

    /**
     * How much of the depth each block takes, so that all blocks together fill the multiprocessors, as nearly as can be,
     * a few times. It depends only on the shapes and on the kind of device, so that sums have the same bits in each run.
     */
    public int chunk(int rows, int columns, int products, int depth, int multiprocessors) {
        long blocks = blocks(rows, columns, products);
        long slots = (long) multiprocessors * blocksEach;
        long most = Math.min(mostParts(depth), MOST_BLOCKS_DEEP / products);
        int best = 1;
        double bestUse = 0;
        for (int wave = 1; wave <= MOST_WAVES && bestUse < FULL; wave++) {
            int parts = (int) Math.max(1, Math.min(wave * slots / blocks, most));
            double use = (double) (parts * blocks) / ((parts * blocks + slots - 1) / slots * slots);
            if (use > bestUse) {
                best = parts;
                bestUse = use;
            }
        }
        int chunk = (depth + best - 1) / best;
        return (chunk + CHUNK_UNIT - 1) / CHUNK_UNIT * CHUNK_UNIT;
    }

    private long blocks(int rows, int columns, int products) {
        return (long) across(rows) * across(columns) * products;
    }

    private long covered(int rows, int columns) {
        return (long) across(rows) * side * across(columns) * side;
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
