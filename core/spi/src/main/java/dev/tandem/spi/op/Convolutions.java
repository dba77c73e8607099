package dev.tandem.spi.op;

import dev.tandem.spi.Device;
import dev.tandem.spi.Profile.Gradient;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import org.jspecify.annotations.Nullable;

/** Convolution of {@code x (N, C, H, W)} with {@code w (K, C/groups, kh, kw)}, and its gradients. */
public final class Convolutions {
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
