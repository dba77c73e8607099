package dev.tandem.spi.op;

import dev.tandem.spi.Device;
import dev.tandem.spi.Profile.Gradient;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Convolution of {@code x (N, C, H, W)} with {@code w (K, C/groups, kh, kw)}, the locally connected layer, and their
 * gradients.
 */
public final class Convolutions {
    private static final String LOCAL = "locally connected";

    private final Device device;

    /** For {@link Device}. */
    public Convolutions(Device device) {
        this.device = device;
    }

    /** The gradients with respect to weights and bias; {@code bias} is null if it was not asked for. */
    public record WeightGradients(Tensor weights, @Nullable Tensor bias) {}

    /** {@code f(x * w + bias)}; {@code bias (K)} may be null; {@code f} has its gradient from its output. */
    public Tensor forward(Tensor x, Tensor w, @Nullable Tensor bias, ConvolutionSpec spec, UnaryFunction f) {
        Checks.floating(device, "convolution", x, w, bias);
        Checks.rank("convolution", x, 4, "(N, C, H, W)");
        requireWeights(x.shape(), w.shape(), spec);
        if (bias != null) {
            Checks.sameShape("convolution bias", bias, Shape.of(w.shape().dim(0)));
        }
        requireFusible("convolution", f);
        Tensor y = device.allocate(spec.window().output(x.shape(), w.shape().dim(0)), x.type());
        device.kernels().convolutions().forward(x, w, bias, spec, f, y);
        return y;
    }

    /** The gradient with respect to the input of shape {@code input}, from the gradient before the activation. */
    public Tensor backwardData(Tensor dy, Tensor w, ConvolutionSpec spec, Shape input) {
        Checks.floating(device, "convolution backward data", dy, w);
        requireWeights(input, w.shape(), spec);
        Checks.sameShape(
                "convolution backward data",
                dy,
                spec.window().output(input, w.shape().dim(0)));
        Tensor dx = device.allocate(input, dy.type());
        device.profile()
                .computing(Gradient.INPUT, () -> device.kernels().convolutions().backwardData(dy, w, spec, dx));
        return dx;
    }

    /** The elements of each window over {@code (N, C, H, W)} as a column: {@code (N, C * kh * kw, H', W')}. */
    public Tensor unfold(Tensor x, Window window) {
        Checks.floating(device, "unfold", x);
        Checks.rank("unfold", x, 4, "(N, C, H, W)");
        Tensor y = device.allocate(columns(x.shape(), window), x.type());
        device.kernels().convolutions().unfold(x, window, y);
        return y;
    }

    /** The gradient of {@link #unfold} with respect to its input of shape {@code input}. */
    public Tensor fold(Tensor dy, Window window, Shape input) {
        Checks.floating(device, "fold", dy);
        Checks.sameShape("fold", dy, columns(input, window));
        Tensor dx = device.allocate(input, dy.type());
        device.kernels().convolutions().fold(dy, window, dx);
        return dx;
    }

    private static Shape columns(Shape maps, Window window) {
        return window.output(maps, maps.dim(1) * window.height() * window.width());
    }

    /** The gradients with respect to the weights of shape {@code weights} and, if {@code withBias}, the bias. */
    public WeightGradients backwardWeights(Tensor x, Tensor dy, ConvolutionSpec spec, Shape weights, boolean withBias) {
        Checks.floating(device, "convolution backward weights", x, dy);
        requireWeights(x.shape(), weights, spec);
        Checks.sameShape("convolution backward weights", dy, spec.window().output(x.shape(), weights.dim(0)));
        Tensor dw = device.allocate(weights, x.type());
        Tensor dbias = withBias ? device.allocate(Shape.of(weights.dim(0)), x.type()) : null;
        device.profile()
                .computing(
                        Gradient.PARAMETERS,
                        () -> device.kernels().convolutions().backwardWeights(x, dy, spec, dw, dbias));
        return new WeightGradients(dw, dbias);
    }

    /**
     * The locally connected layer: {@code y (N, K, H', W')}, {@code y[n, k, p] = f(bias[k, p] + sum over c, a, b of
     * w[k, p, (c kh + a) kw + b] * x[n, c, ...])}, the element {@code (a, b)} of the window at the place {@code p} of
     * {@code H' W'}, 0 in the padding.
     *
     * @param w {@code (K, H' W', C kh kw)}
     * @param bias {@code (K, H', W')}, or null
     * @param f has its gradient from its output
     */
    public Tensor locallyConnected(Tensor x, Tensor w, @Nullable Tensor bias, Window window, UnaryFunction f) {
        Checks.floating(device, LOCAL, x, w, bias);
        Checks.rank(LOCAL, x, 4, "(N, C, H, W)");
        requireLocalWeights(x.shape(), w.shape(), window);
        Shape output = window.output(x.shape(), w.shape().dim(0));
        if (bias != null) {
            Checks.sameShape(LOCAL + " bias", bias, output.withoutBatch());
        }
        requireFusible(LOCAL, f);
        Tensor y = device.allocate(output, x.type());
        device.kernels().convolutions().locallyConnected(x, w, bias, window, f, y);
        return y;
    }

    /** The gradient with respect to the input of shape {@code input}, from the gradient before the activation. */
    public Tensor locallyConnectedBackwardData(Tensor dy, Tensor w, Window window, Shape input) {
        Checks.floating(device, LOCAL + " backward data", dy, w);
        requireLocalWeights(input, w.shape(), window);
        Checks.sameShape(
                LOCAL + " backward data", dy, window.output(input, w.shape().dim(0)));
        Tensor dx = device.allocate(input, dy.type());
        device.profile()
                .computing(
                        Gradient.INPUT,
                        () -> device.kernels().convolutions().locallyConnectedBackwardData(dy, w, window, dx));
        return dx;
    }

    /** The gradients with respect to the weights and, if {@code withBias}, the bias. */
    public WeightGradients locallyConnectedBackwardWeights(Tensor x, Tensor dy, Window window, boolean withBias) {
        Checks.floating(device, LOCAL + " backward weights", x, dy);
        Checks.rank(LOCAL + " backward weights", x, 4, "(N, C, H, W)");
        Checks.rank(LOCAL + " backward weights", dy, 4, "(N, K, H', W')");
        int channels = dy.shape().dim(1);
        Checks.sameShape(LOCAL + " backward weights", dy, window.output(x.shape(), channels));
        Tensor dw = device.allocate(localWeights(x.shape(), window, channels), x.type());
        Tensor dbias = withBias ? device.allocate(dy.shape().withoutBatch(), x.type()) : null;
        device.profile()
                .computing(
                        Gradient.PARAMETERS,
                        () -> device.kernels()
                                .convolutions()
                                .locallyConnectedBackwardWeights(x, dy, window, dw, dbias));
        return new WeightGradients(dw, dbias);
    }

    private static Shape localWeights(Shape x, Window window, int channels) {
        Shape columns = columns(x, window);
        return Shape.of(channels, Math.multiplyExact(columns.dim(2), columns.dim(3)), columns.dim(1));
    }

    private static void requireLocalWeights(Shape x, Shape w, Window window) {
        Shape expected = localWeights(x, window, w.rank() == 3 ? w.dim(0) : 1);
        if (!w.equals(expected)) {
            throw TandemException.argument(
                    LOCAL,
                    "weights do not fit the input " + x,
                    w,
                    "(K, " + expected.dim(1) + ", " + expected.dim(2) + ")",
                    "There is a kernel for each place of the output");
        }
    }

    static void requireFusible(String operation, UnaryFunction f) {
        if (!f.gradientFromOutput()) {
            throw TandemException.argument(
                    operation,
                    "this function cannot be its activation",
                    f,
                    "one whose gradient comes from its output",
                    "Apply it as an operation of its own");
        }
    }

    private static void requireWeights(Shape x, Shape w, ConvolutionSpec spec) {
        Window window = spec.window();
        int groups = spec.groups();
        boolean fits = w.rank() == 4
                && x.rank() == 4
                && x.dim(1) % groups == 0
                && w.dim(0) % groups == 0
                && w.dim(1) == x.dim(1) / groups
                && w.dim(2) == window.height()
                && w.dim(3) == window.width();
        if (!fits) {
            throw TandemException.argument(
                    "convolution",
                    "weights do not fit the input " + x + " in " + groups + " group(s)",
                    w,
                    "(K, " + (x.rank() == 4 && x.dim(1) % groups == 0 ? x.dim(1) / groups : "C/groups") + ", "
                            + window.height() + ", " + window.width() + "), channels and K divisible by the groups",
                    "Grouped weights hold only their own group's input channels");
        }
    }
}
