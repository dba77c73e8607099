package dev.tandem.weights.published;

import dev.tandem.weights.published.NamedTensors.Conversion;
import java.util.Map;

/**
 * heuritech's AlexNet for Keras: Caffe's second net with another normalization, {@code a / (2 + 1e-4 S)^0.75} for
 * {@code a / (1 + 1e-4/5 S)^0.75}, where S is the sum of squares of 5 maps. The one becomes the other, exactly, if maps
 * before it are s times as large and what follows is divided by {@code s 2^0.75}, where {@code s^2 = (1e-4/2) /
 * (1e-4/5) = 2.5}: rectified and pooled maps grow with their inputs.
 */
final class Heuritech {
    private static final double BEFORE = Math.sqrt(2.5);
    private static final double AFTER = 1 / (BEFORE * Math.pow(2, 0.75));

    /** Kernels are those of a true convolution; the first expects red, green, blue. */
    static final Conversion CONVERSION = new Conversion(
            false,
            true,
            Map.of(
                    "conv1.weight", (float) BEFORE,
                    "conv1.bias", (float) BEFORE,
                    "conv2.weight", (float) (AFTER * BEFORE),
                    "conv2.bias", (float) BEFORE,
                    "conv3.weight", (float) AFTER));

    /** The means that its program subtracts, red, green and blue, from 0 to 255. */
    static final double[] MEANS = {123.68, 116.779, 103.939};

    private Heuritech() {}
}
