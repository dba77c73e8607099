package dev.tandem.spi.op;

import java.util.Arrays;

/**
 * Philox 4x32-10 (Salmon et al., SC 2011): random numbers that are a pure function of key and counter, hence the same
 * on every backend, in any order, after any resume.
 */
public final class Philox {
    private static final int M0 = 0xD2511F53;
    private static final int M1 = 0xCD9E8D57;
    private static final int W0 = 0x9E3779B9;
    private static final int W1 = 0xBB67AE85;

    // Wichura's rational functions, the highest power first: near the middle, further out, and in the tails.
    private static final double[] CENTRE_NUMERATOR = {
        2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
        13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608
    };
    private static final double[] CENTRE_DENOMINATOR = {
        5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
        5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0
    };
    private static final double[] MIDDLE_NUMERATOR = {
        7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
        3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734
    };
    private static final double[] MIDDLE_DENOMINATOR = {
        1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
        0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0
    };
    private static final double[] TAIL_NUMERATOR = {
        2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
        0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772
    };
    private static final double[] TAIL_DENOMINATOR = {
        2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
        0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0
    };

    private Philox() {}

    /** The four words of one block into {@code out}: ten rounds over the counter c0 to c3 under the key k0, k1. */
    public static void block(int c0, int c1, int c2, int c3, int k0, int k1, int[] out) {
        for (int round = 0; round < 10; round++) {
            long p0 = (M0 & 0xFFFFFFFFL) * (c0 & 0xFFFFFFFFL);
            long p1 = (M1 & 0xFFFFFFFFL) * (c2 & 0xFFFFFFFFL);
            int n0 = (int) (p1 >>> 32) ^ c1 ^ k0;
            int n2 = (int) (p0 >>> 32) ^ c3 ^ k1;
            c1 = (int) p1;
            c3 = (int) p0;
            c0 = n0;
            c2 = n2;
            k0 += W0;
            k1 += W1;
        }
        out[0] = c0;
        out[1] = c1;
        out[2] = c2;
        out[3] = c3;
    }

    /**
     * The four words for elements {@code 4 * block} to {@code 4 * block + 3} of the stream {@code key}: the key words
     * are the seed; the counter words are the block's low half, the step's low half, the stream, and the rest: the
     * purpose's code in bits 0 to 3, the block's high half from bit 4 on and the step's from bit 16 on.
     */
    public static void block(RandomKey key, long block, int[] out) {
        int rest = key.purpose().code() | (int) (block >>> 32) << 4 | (int) (key.step() >>> 32) << 16;
        block((int) block, (int) key.step(), key.stream(), rest, (int) key.seed(), (int) (key.seed() >>> 32), out);
    }

    /** The 32-bit word of element {@code index}. */
    public static int word(RandomKey key, long index) {
        int[] out = new int[4];
        block(key, index >>> 2, out);
        return out[(int) (index & 3)];
    }

    /** The number of element {@code index}, uniform over the 2^32 midpoints of (0, 1). */
    public static double uniform(RandomKey key, long index) {
        return uniform(word(key, index));
    }

    /** The standard normal number of element {@code index}. */
    public static double gaussian(RandomKey key, long index) {
        return inverseNormal(uniform(key, index));
    }

    /** An integer uniform over {@code 0 .. bound - 1} for element {@code index}. */
    public static int below(RandomKey key, long index, int bound) {
        return (int) ((word(key, index) & 0xFFFFFFFFL) * bound >>> 32);
    }

    /** Fills {@code out} with the standard normal numbers of elements {@code start} onwards. */
    public static void gaussians(RandomKey key, long start, float[] out, int from, int to) {
        int[] words = new int[4];
        long have = -1;
        for (int i = from; i < to; i++) {
            long index = start + i;
            if (index >>> 2 != have) {
                have = index >>> 2;
                block(key, have, words);
            }
            out[i] = (float) inverseNormal(uniform(words[(int) (index & 3)]));
        }
    }

    /**
     * The numbers 0 to {@code count - 1} in random order: sorted by their random words, which has no order of its own.
     */
    public static int[] permutation(RandomKey key, int count) {
        long[] keyed = new long[count];
        for (int i = 0; i < count; i++) {
            keyed[i] = (long) word(key, i) << 32 | i;
        }
        Arrays.sort(keyed);
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            order[i] = (int) keyed[i];
        }
        return order;
    }

    static double uniform(int word) {
        return ((word & 0xFFFFFFFFL) + 0.5) * 0x1p-32;
    }

    /**
     * The inverse of the normal distribution function, to about 1e-16 (Wichura, algorithm AS 241, 1988). Plain
     * arithmetic and StrictMath: the same bits on every machine, which a library's cosine would not promise.
     */
    static double inverseNormal(double p) {
        double q = p - 0.5;
        if (Math.abs(q) <= 0.425) {
            double r = 0.180625 - q * q;
            // Not q * (the quotient), which rounds differently.
            return q * polynomial(CENTRE_NUMERATOR, r) / polynomial(CENTRE_DENOMINATOR, r);
        }
        double r = StrictMath.sqrt(-StrictMath.log(q < 0 ? p : 1 - p));
        double value = r <= 5
                ? polynomial(MIDDLE_NUMERATOR, r - 1.6) / polynomial(MIDDLE_DENOMINATOR, r - 1.6)
                : polynomial(TAIL_NUMERATOR, r - 5) / polynomial(TAIL_DENOMINATOR, r - 5);
        return q < 0 ? -value : value;
    }

    /** The polynomial with these coefficients, the one of the highest power first, by Horner's rule. */
    private static double polynomial(double[] coefficients, double r) {
        double value = coefficients[0];
        for (int i = 1; i < coefficients.length; i++) {
            value = value * r + coefficients[i];
        }
        return value;
    }
}
