package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.ResponseNormalization.Region;

/**
 * Response normalization (paper, section 3.3).
 *
 * @param spec the neighbourhood and the constants, alpha not divided by its size
 */
public record LocalResponseNormalization(ResponseNormalization spec) implements Layer {
    /** Parts begin and end at multiples of this, as the widest vector registers hold so many numbers. */
    private static final int BLOCK = 16;

    /** Across all maps, with the paper's constants: size 5, alpha 1e-4 (not divided), beta 0.75, k 2. */
    public static LocalResponseNormalization paper() {
        return new LocalResponseNormalization(new ResponseNormalization(Region.ACROSS_MAPS, 5, 1e-4, 0.75, 2, 1));
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
    public ChannelPart part(ChannelRange output, Shape input) {
        if (spec.region() == Region.WITHIN_MAP) {
            return new ChannelPart(this, output);
        }
        int groupSize = input.dim(1) / spec.groups();
        ChannelRange groups = output.groupsAround(groupSize);
        if (groups == null) {
            return null;
        }
        // The neighbours across the part's edges, as far as its groups reach.
        int reach = spec.size() / 2;
        ChannelRange seen = new ChannelRange(
                Math.max(groups.from() * groupSize, output.from() - reach),
                Math.min(groups.to() * groupSize, output.to() + reach));
        ResponseNormalization inPart = new ResponseNormalization(
                spec.region(), spec.size(), spec.alpha(), spec.beta(), spec.k(), groups.length());
        return new ChannelPart(new LocalResponseNormalization(inPart), seen, inBlocks(seen, output));
    }

    /**
     * {@code seen} with as many zero channels around it as keep {@code output} in whole blocks, where it is some: a
     * backend that keeps channels in blocks would else have to shift them all for the sake of two.
     */
    private static ChannelRange inBlocks(ChannelRange seen, ChannelRange output) {
        if (output.from() % BLOCK != 0 || output.length() % BLOCK != 0) {
            return seen;
        }
        return new ChannelRange(seen.from() / BLOCK * BLOCK, (seen.to() + BLOCK - 1) / BLOCK * BLOCK);
    }
}
