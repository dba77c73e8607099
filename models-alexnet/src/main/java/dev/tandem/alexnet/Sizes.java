package dev.tandem.alexnet;

import dev.tandem.spi.TandemException;

/**
 * How large a network and its images are. Start from {@link #paper} and change by name: {@code
 * Sizes.paper().width(48).hidden(512).image(128).crop(112)}.
 *
 * @param conv1 kernels of the first convolution, and so on
 * @param fc6 units of the first hidden fully-connected layer
 * @param fc7 units of the second
 * @param image side of the stored image, in pixels
 * @param crop side of the network's input, in pixels
 */
public record Sizes(int conv1, int conv2, int conv3, int conv4, int conv5, int fc6, int fc7, int image, int crop) {
    /**
     * The paper's (section 3.5): 96-256-384-384-256 kernels, 4096 and 4096 units, 224-pixel crops of 256-pixel
     * images.
     */
    public static Sizes paper() {
        return new Sizes(96, 256, 384, 384, 256, 4096, 4096, 256, 224);
    }

    /** Recipe small's: half the paper's kernels, 512 and 512 units, 112-pixel crops of 128-pixel images. */
    public static Sizes small() {
        return paper().width(48).hidden(512).image(128).crop(112);
    }

    /**
     * With {@code kernels} in conv1 and the paper's proportions in the other convolutions.
     *
     * @param kernels a multiple of 12, so that every width divides into the two columns
     */
    public Sizes width(int kernels) {
        if (kernels < 12 || kernels % 12 != 0) {
            throw TandemException.argument(
                    "sizes", "unusable width", "conv1 of " + kernels, "a multiple of 12", "Use 12, 24, 36, 48 or so");
        }
        return convolutions(kernels, kernels * 8 / 3, kernels * 4, kernels * 4, kernels * 8 / 3);
    }

    /** With so many kernels in the five convolutions. */
    public Sizes convolutions(int first, int second, int third, int fourth, int fifth) {
        return new Sizes(first, second, third, fourth, fifth, fc6, fc7, image, crop);
    }

    /** With {@code units} in fc6 and in fc7, 1 or more. */
    public Sizes hidden(int units) {
        if (units < 1) {
            throw TandemException.argument("sizes", "too few hidden units", units, "1 or more", "Use 512 or so");
        }
        return new Sizes(conv1, conv2, conv3, conv4, conv5, units, units, image, crop);
    }

    /** With stored images of {@code pixels} a side. */
    public Sizes image(int pixels) {
        return new Sizes(conv1, conv2, conv3, conv4, conv5, fc6, fc7, pixels, crop);
    }

    /** With crops of {@code pixels} a side. */
    public Sizes crop(int pixels) {
        return new Sizes(conv1, conv2, conv3, conv4, conv5, fc6, fc7, image, pixels);
    }
}
