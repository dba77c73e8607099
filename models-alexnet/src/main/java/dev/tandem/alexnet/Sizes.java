package dev.tandem.alexnet;

import dev.tandem.spi.TandemException;

/**
 * How large a network and its images are.
 *
 * @param conv1 kernels of the first convolution, and so on
 * @param fc6 units of the first hidden fully-connected layer
 * @param fc7 units of the second
 * @param image side of the stored image, in pixels
 * @param crop side of the network's input, in pixels
 */
public record Sizes(int conv1, int conv2, int conv3, int conv4, int conv5, int fc6, int fc7, int image, int crop) {
    /** The paper's (section 3.5): 96-256-384-384-256, 4096, 4096, 224-pixel crops of 256-pixel images. */
    public static Sizes paper() {
        return new Sizes(96, 256, 384, 384, 256, 4096, 4096, 256, 224);
    }

    /**
     * The paper's proportions on another scale.
     *
     * @param conv1 kernels of conv1, a multiple of 12, so that every width divides into the two columns
     * @param hidden units of fc6 and fc7
     */
    public static Sizes proportional(int conv1, int hidden, int image, int crop) {
        if (conv1 < 12 || conv1 % 12 != 0 || hidden < 1) {
            throw TandemException.argument(
                    "sizes",
                    "unusable widths",
                    "conv1 " + conv1 + ", hidden " + hidden,
                    "conv1 a multiple of 12, hidden 1 or more",
                    "Correct tandem.small.width or tandem.small.hidden");
        }
        return new Sizes(conv1, conv1 * 8 / 3, conv1 * 4, conv1 * 4, conv1 * 8 / 3, hidden, hidden, image, crop);
    }
}
