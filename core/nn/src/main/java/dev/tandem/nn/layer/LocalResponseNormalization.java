package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.ResponseNormalization.Neighbourhood;
import org.jspecify.annotations.Nullable;

/**
 * Local response normalization of {@code x (N, C, H, W)} into the same shape (paper, section 3.3):
 * {@code y = x / (k + alpha * sum x'^2)^beta}. The sum is over the neighbours {@code x'} of an element and itself: the
 * {@code size} adjacent maps at the same place, or the {@code size x size} places around it in its own map.
 *
 * <p>Published values of alpha follow two conventions. {@link #alphaOfSum} multiplies the sum, as in the paper's
 * formula. {@link #alphaOfMean} multiplies the mean of the squares, so {@code alpha / size} (or {@code alpha / size^2}
 * within a map) multiplies their sum: the authors' program, Caffe, cuDNN and PyTorch. A mistake changes alpha by the
 * size of the neighbourhood without an error, so each use has to choose one of the two.
 *
 * @param spec the neighbourhood and the constants; its alpha multiplies the sum
 */
public record LocalResponseNormalization(ResponseNormalization spec) implements Layer {
    public LocalResponseNormalization {
        LayerArguments.requirePresent("response normalization", "neighbourhood", spec);
    }

    /** Across maps, with the paper's constants: size 5, alpha 1e-4 (of the sum), beta 0.75, k 2. */
    public static LocalResponseNormalization paper() {
        return acrossMaps(5);
    }

    /** Over {@code size} adjacent maps, an odd number; alpha 1e-4 of the sum, beta 0.75, k 2, one group. */
    public static LocalResponseNormalization acrossMaps(int size) {
        return over(Neighbourhood.ACROSS_MAPS, size);
    }

    /** Over {@code size} rows and columns of the same map, an odd number; the constants as in {@link #acrossMaps}. */
    public static LocalResponseNormalization withinMap(int size) {
        return over(Neighbourhood.WITHIN_MAP, size);
    }

    private static LocalResponseNormalization over(Neighbourhood neighbourhood, int size) {
        return new LocalResponseNormalization(new ResponseNormalization(neighbourhood, size, 1e-4, 0.75, 2, 1));
    }

    /** With this factor of the neighbours' sum of squares, 0 or more. */
    public LocalResponseNormalization alphaOfSum(double alpha) {
        return with(alpha, spec.beta(), spec.k(), spec.groups());
    }

    /** With this factor of the neighbours' mean square, 0 or more. */
    public LocalResponseNormalization alphaOfMean(double alpha) {
        return alphaOfSum(alpha / neighbours());
    }

    /** With this exponent. */
    public LocalResponseNormalization beta(double exponent) {
        return with(spec.alpha(), exponent, spec.k(), spec.groups());
    }

    /** With this constant, above 0. */
    public LocalResponseNormalization k(double constant) {
        return with(spec.alpha(), spec.beta(), constant, spec.groups());
    }

    /** With the maps in this many equal groups; a neighbourhood does not reach over the edge of its group. */
    public LocalResponseNormalization groups(int count) {
        return with(spec.alpha(), spec.beta(), spec.k(), count);
    }

    /** The alpha that multiplies the neighbours' mean square. */
    public double alphaOfMean() {
        return spec.alpha() * neighbours();
    }

    private int neighbours() {
        return spec.neighbourhood() == Neighbourhood.ACROSS_MAPS ? spec.size() : spec.size() * spec.size();
    }

    private LocalResponseNormalization with(double alpha, double beta, double k, int groups) {
        return new LocalResponseNormalization(
                new ResponseNormalization(spec.neighbourhood(), spec.size(), alpha, beta, k, groups));
    }

    @Override
    public Value forward(Value x, Context context) {
        return Functions.responseNormalization(x, spec);
    }

    @Override
    public Shape outputShape(Shape input) {
        return input;
    }

    @Override
    public @Nullable ChannelShard shard(ChannelRange output, Shape input) {
        if (spec.neighbourhood() == Neighbourhood.WITHIN_MAP) {
            return new ChannelShard(this, output);
        }
        int groupSize = input.dim(1) / spec.groups();
        ChannelRange groups = output.groupsAround(groupSize);
        if (groups == null) {
            return null;
        }
        // The neighbours beyond the shard's edges, if they are in its groups.
        int reach = spec.size() / 2;
        ChannelRange withNeighbours = new ChannelRange(
                Math.max(groups.from() * groupSize, output.from() - reach),
                Math.min(groups.to() * groupSize, output.to() + reach));
        return ChannelShard.ofNeighbours(groups(groups.length()), withNeighbours);
    }
}
