package dev.tandem.paper.columns;

import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * How far two columns of first-layer kernels divide colour between them. The colourfulness of a kernel is the share of its
 * energy, the sum of its squares, that is orthogonal to grey, the direction (1, 1, 1): 0 for a kernel that sees
 * brightness alone, 1 for one that does not see it, 2/3 on average for random weights.
 *
 * @param first the mean colourfulness of the first column's kernels, 0 to 1
 * @param second that of the second column's
 * @param chance the share of random divisions of the same kernels into two columns, of equal sizes, whose difference of
 *     means is as large or larger
 */
public record ColumnDivision(double first, double second, double chance) {
    private static final int PERMUTATIONS = 20_000;
    private static final double UNLIKELY = 0.05;
    private static final double ROUNDING = 1e-12;

    /**
     * The division of {@code weights (K, 3, h, w)}, of which the first half are one column's. Its random divisions are
     * the same for the same weights.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) for other shapes than those of an even
     *     number of kernels over red, green and blue
     */
    public static ColumnDivision of(float[] weights, Shape shape) {
        if (shape.rank() != 4 || shape.dim(1) != 3 || shape.dim(0) % 2 != 0 || shape.dim(0) == 0) {
            throw TandemException.argument(
                    "columns", "no kernels of two columns", shape, "(K, 3, h, w) with an even K", "");
        }
        double[] kernels = IntStream.range(0, shape.dim(0))
                .mapToDouble(kernel -> colourfulness(weights, shape, kernel))
                .toArray();
        double[] means = means(kernels);
        double difference = Math.abs(means[0] - means[1]);
        Random random = new Random(Arrays.hashCode(kernels));
        int asLarge = 0;
        for (int i = 0; i < PERMUTATIONS; i++) {
            shuffle(kernels, random);
            double[] chance = means(kernels);
            asLarge += Math.abs(chance[0] - chance[1]) >= difference - ROUNDING ? 1 : 0;
        }
        return new ColumnDivision(means[0], means[1], (asLarge + 1) / (PERMUTATIONS + 1.0));
    }

    /** Whether chance alone would divide the kernels so far in fewer than one of twenty cases. */
    public boolean isDivided() {
        return chance < UNLIKELY;
    }

    /** The colourfulness of kernel {@code k}; 0 for a kernel of zeros. */
    static double colourfulness(float[] weights, Shape shape, int k) {
        int plane = shape.dim(2) * shape.dim(3);
        double energy = 0;
        double grey = 0;
        for (int pixel = k * 3 * plane; pixel < (k * 3 + 1) * plane; pixel++) {
            double red = weights[pixel];
            double green = weights[pixel + plane];
            double blue = weights[pixel + 2 * plane];
            energy += red * red + green * green + blue * blue;
            grey += (red + green + blue) * (red + green + blue) / 3;
        }
        return energy == 0 ? 0 : 1 - grey / energy;
    }

    private static double[] means(double[] kernels) {
        int half = kernels.length / 2;
        return new double[] {
            Arrays.stream(kernels, 0, half).average().orElseThrow(),
            Arrays.stream(kernels, half, kernels.length).average().orElseThrow()
        };
    }

    private static void shuffle(double[] values, Random random) {
        for (int i = values.length - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            double kept = values[i];
            values[i] = values[other];
            values[other] = kept;
        }
    }
}
