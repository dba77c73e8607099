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
    public boolean isLocalInChannels() {
        return spec.region() == Region.WITHIN_MAP;
    }
}
