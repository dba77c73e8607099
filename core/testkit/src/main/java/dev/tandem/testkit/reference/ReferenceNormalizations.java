package dev.tandem.testkit.reference;

import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.NormalizationKernels;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.ResponseNormalization.Neighbourhood;

/**
 * What batch normalization needs of channels, as {@link NormalizationKernels} says, and local response normalization
 * (paper, section 3.3). With {@code N(p)} the neighbourhood of place {@code p} and
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

    @Override
    public void channelMoments(Tensor x, Tensor moments) {
        Channels in = Channels.of(x);
        Channels out = Channels.of(moments);
        for (int c = 0; c < in.channels(); c++) {
            int channel = c;
            double mean = in.sum((n, i) -> in.get(n, channel, i)) / in.count();
            out.set(0, c, 0, mean);
            out.set(1, c, 0, in.sum((n, i) -> Math.pow(in.get(n, channel, i) - mean, 2)));
        }
    }

    @Override
    public void channelMomentsBackward(Tensor x, Tensor moments, Tensor dmoments, Tensor dx) {
        Channels in = Channels.of(x);
        Channels forward = Channels.of(moments);
        Channels gradient = Channels.of(dmoments);
        Channels.of(dx)
                .fill((n, c, i) -> gradient.get(0, c, 0) / in.count()
                        + 2 * (in.get(n, c, i) - forward.get(0, c, 0)) * gradient.get(1, c, 0));
    }

    @Override
    public void channelAffine(Tensor x, Tensor coefficients, Tensor y) {
        Channels in = Channels.of(x);
        Channels of = Channels.of(coefficients);
        Channels.of(y).fill((n, c, i) -> (in.get(n, c, i) - of.get(0, c, 0)) * of.get(1, c, 0) + of.get(2, c, 0));
    }

    @Override
    public void channelAffineBackward(Tensor x, Tensor coefficients, Tensor dy, Tensor dcoefficients) {
        Channels in = Channels.of(x);
        Channels of = Channels.of(coefficients);
        Channels gradient = Channels.of(dy);
        Channels result = Channels.of(dcoefficients);
        for (int c = 0; c < in.channels(); c++) {
            int channel = c;
            double sum = gradient.sum((n, i) -> gradient.get(n, channel, i));
            double product = gradient.sum(
                    (n, i) -> gradient.get(n, channel, i) * (in.get(n, channel, i) - of.get(0, channel, 0)));
            result.set(0, c, 0, -of.get(1, c, 0) * sum);
            result.set(1, c, 0, product);
            result.set(2, c, 0, sum);
        }
        gradient.fill((n, c, i) -> gradient.get(n, c, i) * of.get(1, c, 0));
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
