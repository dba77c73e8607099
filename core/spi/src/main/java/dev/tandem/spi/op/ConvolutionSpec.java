package dev.tandem.spi.op;

import dev.tandem.spi.TandemException;

/**
 * How a convolution slides and which maps it sees.
 *
 * @param window kernel, stride and padding
 * @param groups input and output channels fall into this many equal groups that do not see each other
 */
public record ConvolutionSpec(Window window, int groups) {
    public ConvolutionSpec {
        if (groups < 1) {
            throw TandemException.argument(
                    "convolution", "groups below 1", groups, "1 or more", "Use 1 for an ungrouped convolution");
        }
    }
}
