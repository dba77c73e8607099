package dev.tandem.gpucheck;

/** Until when a section may measure. */
record Limit(long endNanos) {
    private static final double NANOS = 1e9;

    static Limit in(double seconds) {
        return new Limit(System.nanoTime() + (long) (seconds * NANOS));
    }

    boolean isOver() {
        return System.nanoTime() - endNanos >= 0;
    }

    /** The time left, in seconds; at least 0. */
    double left() {
        return Math.max(0, (endNanos - System.nanoTime()) / NANOS);
    }

    /** An equal share of the time left for each of {@code parts} parts. */
    Limit share(int parts) {
        return in(left() / parts);
    }
}
