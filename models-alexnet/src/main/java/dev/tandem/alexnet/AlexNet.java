package dev.tandem.alexnet;

import static dev.tandem.nn.layer.Activation.relu;

import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Dropout;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.LocalResponseNormalization;
import dev.tandem.nn.layer.Pooling;
import dev.tandem.nn.layer.Sequential;
import dev.tandem.nn.layer.Start;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.Window.Rounding;

/** The network of the paper's figure 2: two columns of kernels, as groups, that meet at conv3 and from fc6 on. */
public final class AlexNet {
    private AlexNet() {}

    /** The eight layers (paper, section 3.5), for 3x224x224 images and {@link Widths#paper()}. */
    public static Sequential network(Widths widths, Starts starts, int classes) {
        return Sequential.builder()
                .add(
                        "conv1",
                        conv(widths.conv1(), 11, starts.conv1(), 0).stride(4).rounding(Rounding.UP))
                .add("relu1", relu())
                .add("lrn1", LocalResponseNormalization.paper())
                .add("pool1", Pooling.max(3, 2))
                .add("conv2", conv(widths.conv2(), 5, starts.conv2(), 1).pad(2).groups(2))
                .add("relu2", relu())
                .add("lrn2", LocalResponseNormalization.paper())
                .add("pool2", Pooling.max(3, 2))
                .add("conv3", conv(widths.conv3(), 3, starts.conv3(), 0).pad(1))
                .add("relu3", relu())
                .add("conv4", conv(widths.conv4(), 3, starts.conv4(), 1).pad(1).groups(2))
                .add("relu4", relu())
                .add("conv5", conv(widths.conv5(), 3, starts.conv5(), 1).pad(1).groups(2))
                .add("relu5", relu())
                .add("pool5", Pooling.max(3, 2))
                .add("fc6", linear(widths.fc6(), starts.fc6(), 1))
                .add("relu6", relu())
                .add("drop6", Dropout.of(0.5))
                .add("fc7", linear(widths.fc7(), starts.fc7(), 1))
                .add("relu7", relu())
                .add("drop7", Dropout.of(0.5))
                .add("fc8", linear(classes, starts.fc8(), 0))
                .build();
    }

    private static Convolution conv(int channels, int size, double standardDeviation, double bias) {
        return Convolution.of(channels, size)
                .weights(Start.gaussian(standardDeviation))
                .bias(Start.constant(bias));
    }

    private static Linear linear(int features, double standardDeviation, double bias) {
        return Linear.of(features).weights(Start.gaussian(standardDeviation)).bias(Start.constant(bias));
    }

    /** Kernels of each convolution and units of the two hidden fully-connected layers. */
    public record Widths(int conv1, int conv2, int conv3, int conv4, int conv5, int fc6, int fc7) {
        /** The paper's. */
        public static Widths paper() {
            return new Widths(96, 256, 384, 384, 256, 4096, 4096);
        }

        /** The paper's proportions from {@code conv1} kernels on, with {@code hidden} units in fc6, fc7. */
        public static Widths proportional(int conv1, int hidden) {
            if (conv1 < 6 || conv1 % 6 != 0 || hidden < 1) {
                throw TandemException.argument(
                        "widths",
                        "unusable",
                        "conv1 " + conv1 + ", hidden " + hidden,
                        "conv1 a multiple of 6, hidden 1 or more",
                        "Correct tandem.small.width or tandem.small.hidden");
            }
            return new Widths(conv1, conv1 * 8 / 3, conv1 * 4, conv1 * 4, conv1 * 8 / 3, hidden, hidden);
        }
    }

    /** The standard deviation of each layer's initial weights. */
    public record Starts(
            double conv1, double conv2, double conv3, double conv4, double conv5, double fc6, double fc7, double fc8) {
        /** 0.01 everywhere (paper, section 5). */
        public static Starts paper() {
            return new Starts(.01, .01, .01, .01, .01, .01, .01, .01);
        }

        /** The authors' program, layer definition 145: 0.03 in the three upper convolutions. */
        public static Starts original() {
            return new Starts(.01, .01, .03, .03, .03, .01, .01, .01);
        }
    }
}
