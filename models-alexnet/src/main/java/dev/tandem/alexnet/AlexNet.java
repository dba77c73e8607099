package dev.tandem.alexnet;

import static dev.tandem.nn.layer.Activation.relu;
import static dev.tandem.nn.layer.Start.constant;
import static dev.tandem.nn.layer.Start.gaussian;

import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Dropout;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.LocalResponseNormalization;
import dev.tandem.nn.layer.Pooling;
import dev.tandem.nn.layer.Sequential;
import dev.tandem.spi.op.Window.Rounding;

/** The network of the paper's figure 2: two columns of kernels, as groups, that meet at conv3 and from fc6 on. */
public final class AlexNet {
    private AlexNet() {}

    /**
     * The eight layers (paper, section 3.5).
     *
     * @param upper the standard deviation of the initial weights of conv3 to conv5; the others start at 0.01
     */
    public static Sequential network(Sizes sizes, double upper, int classes) {
        return Sequential.builder()
                .add("conv1", conv(sizes.conv1(), 11, 0.01, 0).stride(4).rounding(Rounding.UP))
                .add("relu1", relu())
                .add("lrn1", LocalResponseNormalization.paper())
                .add("pool1", Pooling.max(3, 2))
                .add("conv2", conv(sizes.conv2(), 5, 0.01, 1).pad(2).groups(2))
                .add("relu2", relu())
                .add("lrn2", LocalResponseNormalization.paper())
                .add("pool2", Pooling.max(3, 2))
                .add("conv3", conv(sizes.conv3(), 3, upper, 0).pad(1))
                .add("relu3", relu())
                .add("conv4", conv(sizes.conv4(), 3, upper, 1).pad(1).groups(2))
                .add("relu4", relu())
                .add("conv5", conv(sizes.conv5(), 3, upper, 1).pad(1).groups(2))
                .add("relu5", relu())
                .add("pool5", Pooling.max(3, 2))
                .add("fc6", linear(sizes.fc6(), 0.01, 1))
                .add("relu6", relu())
                .add("drop6", Dropout.of(0.5))
                .add("fc7", linear(sizes.fc7(), 0.01, 1))
                .add("relu7", relu())
                .add("drop7", Dropout.of(0.5))
                .add("fc8", linear(classes, 0.01, 0))
                .build();
    }

    /** A convolution with normal weights and a constant bias, both at the learning rate, the bias without decay. */
    static Convolution conv(int kernels, int size, double standardDeviation, double bias) {
        return Convolution.of(kernels, size)
                .weights(gaussian(standardDeviation))
                .bias(constant(bias));
    }

    /** A fully-connected layer with normal weights and a constant bias, likewise. */
    static Linear linear(int units, double standardDeviation, double bias) {
        return Linear.of(units).weights(gaussian(standardDeviation)).bias(constant(bias));
    }
}
