package dev.tandem.testkit.reference;

import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.NormalizationKernels;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.ResponseNormalization.Neighbourhood;

/**
 * Local response normalization (paper, section 3.3). With {@code N(p)} the neighbourhood of place {@code p} and
 * {@code d[p] = k + alpha * sum over q in N(p) of x[q]^2}:
 *
 * <pre>
 * y[p]  = x[p] * d[p]^-beta
 * dx[p] = dy[p] * d[p]^-beta - 2 alpha beta x[p] * sum over q with p in N(q) of dy[q] * x[q] * d[q]^(-beta - 1)
 * </pre>
 *
 * Sizes are odd, so {@code p in N(q)} if and only if {@code q in N(p)}.
 */
final class ReferenceNormalizations implements NormalizationKernels {
    @Override
    public void responseNormalization(Tensor x, ResponseNormalization spec, Tensor y) {
        Maps in = Maps.of(x);
        Maps out = Maps.of(y);
        out.forEach((n, c, i, j) ->
                out.set(n, c, i, j, in.get(n, c, i, j) * Math.pow(denominator(in, spec, n, c, i, j), -spec.beta())));
    }

    @Override
    public void responseNormalizationBackward(Tensor x, Tensor y, Tensor dy, ResponseNormalization spec, Tensor dx) {
        Maps in = Maps.of(x);
        Maps gradient = Maps.of(dy);
        Maps result = Maps.of(dx);
        result.forEach((n, c, i, j) -> {
            double through = sumOverNeighbours(
                    in,
                    spec,
                    c,
                    i,
                    j,
                    (c2, i2, j2) -> gradient.get(n, c2, i2, j2)
                            * in.get(n, c2, i2, j2)
                            * Math.pow(denominator(in, spec, n, c2, i2, j2), -spec.beta() - 1));
            double direct = gradient.get(n, c, i, j) * Math.pow(denominator(in, spec, n, c, i, j), -spec.beta());
            result.set(n, c, i, j, direct - 2 * spec.alpha() * spec.beta() * in.get(n, c, i, j) * through);
        });
    }

    private static double denominator(Maps in, ResponseNormalization spec, int n, int c, int i, int j) {
        double squares =
                sumOverNeighbours(in, spec, c, i, j, (c2, i2, j2) -> in.get(n, c2, i2, j2) * in.get(n, c2, i2, j2));
        return spec.k() + spec.alpha() * squares;
    }

    private interface Term {
        double at(int c, int i, int j);
    }

    private static double sumOverNeighbours(Maps in, ResponseNormalization spec, int c, int i, int j, Term term) {
        int half = spec.size() / 2;
        double sum = 0;
        if (spec.neighbourhood() == Neighbourhood.ACROSS_MAPS) {
            int groupSize = in.channels() / spec.groups();
            int first = c / groupSize * groupSize;
            for (int c2 = Math.max(first, c - half); c2 <= Math.min(first + groupSize - 1, c + half); c2++) {
                sum += term.at(c2, i, j);
            }
        } else {
            for (int i2 = Math.max(0, i - half); i2 <= Math.min(in.height() - 1, i + half); i2++) {
                for (int j2 = Math.max(0, j - half); j2 <= Math.min(in.width() - 1, j + half); j2++) {
                    sum += term.at(c, i2, j2);
                }
            }
        }
        return sum;
    }
}
