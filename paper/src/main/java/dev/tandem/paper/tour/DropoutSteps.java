package dev.tandem.paper.tour;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.layer.Dropout;
import dev.tandem.paper.picture.ExperimentPicture;
import dev.tandem.paper.picture.LineChart;
import dev.tandem.paper.picture.Palette;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.Slice;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Dropout of the 4096 units of fc6 (paper, section 4.2): which of them live in three steps, and what a unit of the next
 * layer gets of them: in training something else in each step, in testing the mean of that.
 *
 * @param probability of a unit to be 0 in a step
 * @param units of the layer
 * @param living of each of three steps, whether each unit lives
 * @param sums what the unit of the next layer gets, step by step
 * @param testing what it gets in testing: the sum over all units, times the probability of living
 */
public record DropoutSteps(double probability, int units, List<boolean[]> living, List<Double> sums, double testing) {
    private static final int SIDE = 64;
    private static final int STEPS = 400;
    private static final int SHOWN = 3;
    private static final int CELL = 4;
    private static final int GAP = 33;
    private static final int HEIGHT = 360;

    /** What the framework's own dropout draws for {@code seed} in the first steps of layer {@code drop6}. */
    public static DropoutSteps draw(Device device, long seed) {
        Dropout dropout = Dropout.of(0.5);
        int units = SIDE * SIDE;
        Shape shape = Shape.of(1, units);
        // Each unit's output times the weight to the one unit that is watched.
        RandomKey inputs = new RandomKey(seed, RandomKey.Purpose.SYNTHETIC, 0, 0);
        float[] products = new float[units];
        for (int i = 0; i < units; i++) {
            products[i] = (float) Math.max(0, 0.01 * (1 + Philox.gaussian(inputs, i)));
        }
        List<boolean[]> living = new ArrayList<>();
        List<Double> sums = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            RandomKey key = new RandomKey(seed, RandomKey.Purpose.DROPOUT, step, RandomKey.stream("drop6"));
            try (TensorScope scope = TensorScope.open()) {
                Value mask = Functions.dropout(
                        Value.constant(device.filled(shape, 1)), key, Slice.all(shape), 1 - dropout.probability(), 1);
                float[] drawn = mask.tensor().read();
                boolean[] alive = new boolean[units];
                double sum = 0;
                for (int i = 0; i < units; i++) {
                    alive[i] = drawn[i] != 0;
                    sum += drawn[i] * products[i];
                }
                if (step < SHOWN) {
                    living.add(alive);
                }
                sums.add(sum);
            }
        }
        double all = 0;
        for (float product : products) {
            all += product;
        }
        return new DropoutSteps(dropout.probability(), units, living, sums, (1 - dropout.probability()) * all);
    }

    /** How many units live in a shown step. */
    int count(int step) {
        int count = 0;
        for (boolean alive : living.get(step)) {
            count += alive ? 1 : 0;
        }
        return count;
    }

    /** The units of three steps as grids, and the sums below. */
    public BufferedImage picture() {
        BufferedImage grids =
                new BufferedImage(SHOWN * SIDE * CELL + (SHOWN - 1) * GAP, SIDE * CELL, BufferedImage.TYPE_INT_RGB);
        Graphics2D canvas = grids.createGraphics();
        canvas.setColor(Color.WHITE);
        canvas.fillRect(0, 0, grids.getWidth(), grids.getHeight());
        for (int step = 0; step < SHOWN; step++) {
            for (int unit = 0; unit < units; unit++) {
                canvas.setColor(living.get(step)[unit] ? Palette.BLUE.colour() : new Color(0xE4E4E4));
                canvas.fillRect(
                        step * (SIDE * CELL + GAP) + unit % SIDE * CELL, unit / SIDE * CELL, CELL - 1, CELL - 1);
            }
        }
        canvas.dispose();
        double[] steps =
                IntStream.rangeClosed(1, sums.size()).mapToDouble(i -> i).toArray();
        double[] means = new double[steps.length];
        double sum = 0;
        for (int i = 0; i < means.length; i++) {
            sum += sums.get(i);
            means[i] = sum / (i + 1);
        }
        double[] single = sums.stream().mapToDouble(value -> value).toArray();
        LineChart chart = new LineChart(
                        HEIGHT,
                        "What one unit of fc7 gets from fc6 (made-up outputs and weights)",
                        "step of training",
                        "sum of its inputs")
                .x(0, steps.length)
                .curve("in each step", steps, single, Palette.GREY)
                .curve("mean of the steps so far", steps, means, Palette.BLUE)
                .curve(
                        "in testing: all units, times " + (1 - probability),
                        new double[] {0, steps.length},
                        new double[] {testing, testing},
                        Palette.VERMILION);
        return new ExperimentPicture("Dropout: another half of fc6's units in each step")
                .add(
                        grids,
                        String.format(
                                Locale.ROOT,
                                "Units of fc6 that live (blue) in steps 1, 2 and 3: %,d, %,d and %,d of %,d. A unit cannot rely on"
                                        + " any other one being there.",
                                count(0),
                                count(1),
                                count(2),
                                units))
                .add(
                        chart.chart(),
                        String.format(
                                Locale.ROOT,
                                "In testing all units live, and their outputs are multiplied by %s: that is %.2f, and the mean over"
                                        + " %d steps of training is %.2f.",
                                1 - probability,
                                testing,
                                sums.size(),
                                means[means.length - 1]))
                .draw();
    }
}
