package dev.tandem.nn.layer;

import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.ResponseNormalization.Region;

/**
 * What the published {@code alpha} of a response normalization multiplies. Mixing the two up changes it by the size of
 * the neighbourhood, silently; so it is always named.
 */
public enum AlphaConvention {
    /** The sum of the neighbours' squares: the paper's formula. */
    OF_SUM,
    /** Their mean, so {@code alpha / n} multiplies the sum: the authors' program, Caffe, cuDNN, PyTorch. */
    OF_MEAN;

    /** The layer that {@code alpha}, read by this convention, describes. */
    public LocalResponseNormalization normalization(
            Region region, int size, double alpha, double beta, double k, int groups) {
        double ofSum = this == OF_SUM ? alpha : alpha / neighbours(region, size);
        return new LocalResponseNormalization(new ResponseNormalization(region, size, ofSum, beta, k, groups));
    }

    /** The {@code alpha} that describes {@code layer} by this convention. */
    public double alpha(LocalResponseNormalization layer) {
        ResponseNormalization spec = layer.spec();
        return this == OF_SUM ? spec.alpha() : spec.alpha() * neighbours(spec.region(), spec.size());
    }

    private static int neighbours(Region region, int size) {
        return region == Region.ACROSS_MAPS ? size : size * size;
    }
}
