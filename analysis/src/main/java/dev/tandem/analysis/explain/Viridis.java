package dev.tandem.analysis.explain;

import java.awt.Color;

/** The colour map viridis: from dark violet to yellow, even to the eye, also in grey and for the colour-blind. */
final class Viridis {
    /** At equal distances; between them, linear. */
    private static final int[] STOPS = {
        0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21908c, 0x27ad81, 0x5dc863, 0xaadc32, 0xfde725
    };

    private Viridis() {}

    /** The colour of a share, 0 (dark) to 1 (bright); beyond them, that of the nearer end. */
    static Color at(double share) {
        double place = Math.max(0, Math.min(1, share)) * (STOPS.length - 1);
        int stop = Math.min((int) place, STOPS.length - 2);
        return mixed(new Color(STOPS[stop]), new Color(STOPS[stop + 1]), place - stop);
    }

    /** {@code share} of {@code second}, and {@code first} for the rest. */
    static Color mixed(Color first, Color second, double share) {
        return new Color(
                mixed(first.getRed(), second.getRed(), share),
                mixed(first.getGreen(), second.getGreen(), share),
                mixed(first.getBlue(), second.getBlue(), share));
    }

    private static int mixed(int first, int second, double share) {
        return (int) Math.round(first + share * (second - first));
    }
}
