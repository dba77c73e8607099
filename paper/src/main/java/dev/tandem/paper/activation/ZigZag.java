package dev.tandem.paper.activation;

import dev.tandem.nn.autograd.Tape;
import dev.tandem.nn.autograd.Value;
import dev.tandem.paper.activation.Chain.Unit;
import dev.tandem.paper.picture.ExperimentPicture;
import dev.tandem.paper.picture.LineChart;
import dev.tandem.paper.picture.Palette;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The path of two weights of a unit whose inputs are all positive, as sigmoid's outputs are, and of one whose inputs
 * have mean zero, as tanh's. The unit is {@code w1 x1 + w2 x2}, the loss half the squared distance to the output of the
 * unit with the weights that are to be found; each step is on one example. Its gradient is {@code (output - target) x}:
 * if both inputs are positive, both weights rise or both fall, and what lies in between is reached by zig-zag only.
 *
 * @param rate the learning rate
 * @param goal the weights to be found
 * @param paths one for each kind of inputs
 */
public record ZigZag(double rate, double[] goal, List<Path> paths) {
    private static final int EXAMPLES = 40;
    private static final int STEPS = 40;
    private static final double RATE = 0.5;
    private static final double SPREAD = 1.5;
    private static final double[] START = {-1, 1};
    private static final double[] GOAL = {1, -1};
    private static final double RANGE = 2;
    private static final int HEIGHT = 470;
    private static final double[] LEVELS = {0.005, 0.02, 0.08, 0.2, 0.5, 1, 2};

    /**
     * A path.
     *
     * @param function whose outputs the inputs are
     * @param inputs of each example, two
     * @param weights the two weights at the start and after each step
     * @param gradients the two gradients of each step
     * @param oneSign the share of steps in which both weights move the same way, 0 to 1
     * @param losses the mean loss over all examples, at the start and after each step
     */
    public record Path(
            String function,
            List<double[]> inputs,
            List<double[]> weights,
            List<double[]> gradients,
            double oneSign,
            List<Double> losses) {}

    /** Descends with both kinds of inputs, which come of the same random numbers. */
    static ZigZag measure(Device device, long seed) {
        List<Path> paths = new ArrayList<>();
        for (Unit function : List.of(Unit.SIGMOID, Unit.TANH)) {
            paths.add(path(device, function, inputs(device, function, seed)));
        }
        return new ZigZag(RATE, GOAL, paths);
    }

    private static List<double[]> inputs(Device device, Unit function, long seed) {
        RandomKey key = new RandomKey(seed, RandomKey.Purpose.SYNTHETIC, 0, 0);
        float[] before = new float[2 * EXAMPLES];
        for (int i = 0; i < before.length; i++) {
            before[i] = (float) (SPREAD * Philox.gaussian(key, i));
        }
        try (TensorScope scope = TensorScope.open()) {
            Value outputs = Value.constant(device.tensor(Shape.of(before.length), before));
            float[] x = (function == Unit.SIGMOID ? outputs.sigmoid() : outputs.tanh())
                    .tensor()
                    .read();
            return IntStream.range(0, EXAMPLES)
                    .mapToObj(i -> new double[] {x[2 * i], x[2 * i + 1]})
                    .toList();
        }
    }

    private static Path path(Device device, Unit function, List<double[]> inputs) {
        List<double[]> weights = new ArrayList<>(List.of(START));
        List<double[]> gradients = new ArrayList<>();
        List<Double> losses = new ArrayList<>(List.of(loss(inputs, START)));
        int oneSign = 0;
        for (int step = 0; step < STEPS; step++) {
            double[] w = weights.get(step);
            double[] g = gradient(device, w, inputs.get(step % EXAMPLES));
            double[] next = {w[0] - RATE * g[0], w[1] - RATE * g[1]};
            oneSign += g[0] * g[1] > 0 ? 1 : 0;
            gradients.add(g);
            weights.add(next);
            losses.add(loss(inputs, next));
        }
        return new Path(function.label(), inputs, weights, gradients, oneSign / (double) STEPS, losses);
    }

    /** The gradient of the loss on one example with respect to the two weights. */
    private static double[] gradient(Device device, double[] w, double[] x) {
        try (TensorScope scope = TensorScope.open()) {
            Tape tape = new Tape();
            Value weights = tape.variable(device.tensor(Shape.of(2), (float) w[0], (float) w[1]));
            Value inputs = Value.constant(device.tensor(Shape.of(2), (float) x[0], (float) x[1]));
            double target = GOAL[0] * x[0] + GOAL[1] * x[1];
            Value loss = weights.multiply(inputs).sum().add(-target).square().multiply(0.5);
            tape.backward(loss);
            float[] g = weights.gradient().read();
            return new double[] {g[0], g[1]};
        }
    }

    private static double loss(List<double[]> inputs, double[] w) {
        return inputs.stream()
                .mapToDouble(x -> {
                    double off = (w[0] - GOAL[0]) * x[0] + (w[1] - GOAL[1]) * x[1];
                    return off * off / 2;
                })
                .average()
                .orElseThrow();
    }

    /** The paths on the contours of the mean loss, side by side. */
    BufferedImage picture() {
        LineChart left = chart(paths.get(0), "all-positive inputs");
        LineChart right = chart(paths.get(1), "inputs around zero");
        String seen = String.format(
                Locale.ROOT,
                "With sigmoid below, both weights move the same way in %.0f %% of the steps: from (-1, 1) to (1, -1) the path"
                        + " can only zig-zag. With tanh below it is %.0f %%, and the path goes across. Mean loss after %d steps:"
                        + " %.4f and %.4f. Dots: steps; the ring: the goal; lines: contours of the mean loss.",
                100 * paths.get(0).oneSign(),
                100 * paths.get(1).oneSign(),
                STEPS,
                paths.get(0).losses().get(STEPS),
                paths.get(1).losses().get(STEPS));
        return new ExperimentPicture("The zig-zag of all-positive inputs: two weights of one unit")
                .add(left.chart(), right.chart(), seen)
                .draw();
    }

    private LineChart chart(Path path, String kind) {
        LineChart chart = new LineChart(
                        ExperimentPicture.WIDTH / 2,
                        HEIGHT,
                        path.function() + " below: " + kind,
                        "weight 1",
                        "weight 2")
                .x(-RANGE, RANGE)
                .y(-RANGE, RANGE);
        for (double level : LEVELS) {
            contour(chart, path.inputs(), level);
        }
        double[] x = path.weights().stream().mapToDouble(w -> w[0]).toArray();
        double[] y = path.weights().stream().mapToDouble(w -> w[1]).toArray();
        return chart.marked(
                        "steps of gradient descent",
                        x,
                        y,
                        path.function().equals("tanh") ? Palette.VERMILION : Palette.BLUE)
                .goal("goal", goal[0], goal[1]);
    }

    /** The ellipse of this mean loss, {@code (w - goal)^T H (w - goal) / 2 = level} with H the mean of x x^T. */
    private void contour(LineChart chart, List<double[]> inputs, double level) {
        double a = inputs.stream().mapToDouble(x -> x[0] * x[0]).average().orElseThrow();
        double b = inputs.stream().mapToDouble(x -> x[0] * x[1]).average().orElseThrow();
        double c = inputs.stream().mapToDouble(x -> x[1] * x[1]).average().orElseThrow();
        double angle = Math.atan2(2 * b, a - c) / 2;
        double cos = Math.cos(angle);
        double sin = Math.sin(angle);
        double along = a * cos * cos + 2 * b * cos * sin + c * sin * sin;
        double across = a * sin * sin - 2 * b * cos * sin + c * cos * cos;
        int points = 240;
        double[] x = new double[points + 1];
        double[] y = new double[points + 1];
        for (int i = 0; i <= points; i++) {
            double turn = 2 * Math.PI * i / points;
            double u = Math.sqrt(2 * level / along) * Math.cos(turn);
            double v = Math.sqrt(2 * level / across) * Math.sin(turn);
            x[i] = within(goal[0] + u * cos - v * sin);
            y[i] = within(goal[1] + u * sin + v * cos);
            if (Double.isNaN(x[i]) || Double.isNaN(y[i])) {
                x[i] = Double.NaN;
                y[i] = Double.NaN;
            }
        }
        chart.outline("loss " + level, x, y);
    }

    /** What lies outside of the axes is not drawn. */
    private static double within(double value) {
        return Math.abs(value) > RANGE ? Double.NaN : value;
    }
}
