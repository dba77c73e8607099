package dev.tandem.spi.op;

import dev.tandem.spi.TandemException;

/**
 * The window of a convolution, and its groups of channels.
 *
 * @param window kernel, stride and padding
 * @param groups equal groups of input and output channels; a kernel takes the input channels of its own group only
 */
public record ConvolutionSpec(Window window, int groups) {
    public ConvolutionSpec {
        if (groups < 1) {
            throw TandemException.argument(
                    "convolution", "groups below 1", groups, "1 or more", "Use 1 for an ungrouped convolution");
        }
    }
}
