package dev.tandem.alexnet;

import static dev.tandem.nn.layer.Activation.relu;
import static dev.tandem.nn.layer.Initializer.gaussian;

import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Dropout;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.LocalResponseNormalization;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.Pooling;
import dev.tandem.spi.op.Window.Rounding;

/** The network of the paper's figure 2: two columns of kernels, as groups, that meet at conv3 and from fc6 on. */
public final class AlexNet {
    /** The weights of all layers in the paper (section 5). */
    private static final Initializer WEIGHTS = gaussian(0.01);

    private AlexNet() {}

    /**
     * The eight layers (paper, section 3.5).
     *
     * @param conv3To5 the initial weights of conv3, conv4 and conv5; the other layers have a standard deviation of 0.01
     */
    public static Network network(Sizes sizes, Initializer conv3To5, int classes) {
        return Network.builder()
                .add("conv1", kernels(sizes.conv1(), 11).stride(4).rounding(Rounding.UP))
                .add("relu1", relu())
                .add("lrn1", LocalResponseNormalization.paper())
                .add("pool1", Pooling.max(3).stride(2))
                .add("conv2", kernels(sizes.conv2(), 5).padding(2).groups(2).bias(1))
                .add("relu2", relu())
                .add("lrn2", LocalResponseNormalization.paper())
                .add("pool2", Pooling.max(3).stride(2))
                .add("conv3", kernels(sizes.conv3(), 3).padding(1).weights(conv3To5))
                .add("relu3", relu())
                .add(
                        "conv4",
                        kernels(sizes.conv4(), 3)
                                .padding(1)
                                .groups(2)
                                .weights(conv3To5)
                                .bias(1))
                .add("relu4", relu())
                .add(
                        "conv5",
                        kernels(sizes.conv5(), 3)
                                .padding(1)
                                .groups(2)
                                .weights(conv3To5)
                                .bias(1))
                .add("relu5", relu())
                .add("pool5", Pooling.max(3).stride(2))
                .add("fc6", units(sizes.fc6()).bias(1))
                .add("relu6", relu())
                .add("drop6", Dropout.of(0.5))
                .add("fc7", units(sizes.fc7()).bias(1))
                .add("relu7", relu())
                .add("drop7", Dropout.of(0.5))
                .add("fc8", units(classes))
                .build();
    }

    private static Convolution kernels(int count, int size) {
        return Convolution.of(count, size).weights(WEIGHTS).bias(0);
    }

    private static Linear units(int count) {
        return Linear.of(count).weights(WEIGHTS).bias(0);
    }
}
