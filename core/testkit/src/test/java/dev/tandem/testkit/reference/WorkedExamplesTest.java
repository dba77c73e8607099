package dev.tandem.testkit.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.spi.Backends;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.Convolutions.WeightGradients;
import dev.tandem.spi.op.Reductions.CrossEntropy;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.ResponseNormalization.Neighbourhood;
import dev.tandem.spi.op.SgdStep;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import dev.tandem.spi.op.Window.Rounding;
import org.junit.jupiter.api.Test;

/** The formulas on numbers small enough to work by hand. */
class WorkedExamplesTest {
    private static final Shape MAP = Shape.of(1, 1, 3, 3);

    private final Device device =
            Backends.open(ReferenceProvider.NAME).devices().get(0);
    private final Tensor x = device.tensor(MAP, 1, 2, 3, 4, 5, 6, 7, 8, 9);

    private static void assertValues(Tensor actual, double... expected) {
        assertThat(actual.readDoubles()).containsExactly(expected, within(1e-15));
    }

    @Test
    void convolutionIsCrossCorrelation() {
        Tensor w = device.tensor(Shape.of(1, 1, 2, 2), 1, 0, 0, -2);
        ConvolutionSpec spec = new ConvolutionSpec(Window.square(2, 1), 1);
        Tensor bias = device.tensor(Shape.of(1), 10);

        // Top left: 10 + 1 * 1 - 2 * 5 = 1; the rest falls by 1 a column and 3 a row.
        assertValues(device.convolutions().forward(x, w, bias, spec, UnaryFunction.IDENTITY), 1, 0, -2, -3);
        assertValues(device.convolutions().forward(x, w, bias, spec, UnaryFunction.RELU), 1, 0, 0, 0);
    }

    @Test
    void convolutionGradients() {
        Tensor w = device.tensor(Shape.of(1, 1, 2, 2), 1, 0, 0, -2);
        ConvolutionSpec spec = new ConvolutionSpec(Window.square(2, 1), 1);
        Tensor dy = device.tensor(Shape.of(1, 1, 2, 2), 1, 10, 100, 1000);

        // Each dy times w, laid where its window lay: the centre gets 1 * -2 + 1000 * 1.
        assertValues(
                device.convolutions().backwardData(dy, w, spec, MAP), 1, 10, 0, 100, 1000 - 2, -20, 0, -200, -2000);
        WeightGradients gradients = device.convolutions().backwardWeights(x, dy, spec, w.shape(), true);
        // dw[0][0] = 1 * 1 + 10 * 2 + 100 * 4 + 1000 * 5.
        assertValues(gradients.weights(), 5421, 6532, 8754, 9865);
        assertValues(gradients.bias(), 1111);
    }

    @Test
    void paddingIsZerosAndMayDifferOnEachSide() {
        Tensor w = device.tensor(Shape.of(1, 1, 2, 2), 1, 1, 1, 1);
        ConvolutionSpec spec = new ConvolutionSpec(new Window(2, 2, 2, 2, 1, 0, 0, 1), 1);

        // Rows -1..0 and 1..2; columns 0..1 and 2..3: one row of zeros above, one column to the right.
        assertValues(
                device.convolutions().forward(x, w, null, spec, UnaryFunction.IDENTITY), 3, 3, 4 + 5 + 7 + 8, 6 + 9);
    }

    @Test
    void groupsDoNotSeeEachOther() {
        Tensor maps = device.tensor(Shape.of(1, 2, 1, 1), 3, 5);
        Tensor w = device.tensor(Shape.of(4, 1, 1, 1), 1, 10, 100, 1000);
        ConvolutionSpec spec = new ConvolutionSpec(Window.square(1, 1), 2);

        assertValues(device.convolutions().forward(maps, w, null, spec, UnaryFunction.IDENTITY), 3, 30, 500, 5000);
    }

    @Test
    void maxPoolingRoundsUpOverTheEdge() {
        Window up = Window.over(3, 3, 2, 2, 0, Rounding.UP);

        assertValues(device.pooling().max(x, up), 5, 6, 8, 9);
        // The hanging windows hold 2, 2 and 1 real elements.
        assertValues(device.pooling().average(x, up), (1 + 2 + 4 + 5) / 4.0, 4.5, 7.5, 9);
    }

    @Test
    void maxPoolingGradientGoesToTheFirstAmongEquals() {
        Tensor ties = device.tensor(MAP, 0, 0, 0, 0, 7, 7, 0, 7, 0);
        Window window = Window.square(2, 1);
        Tensor y = device.pooling().max(ties, window);
        Tensor dy = device.tensor(Shape.of(1, 1, 2, 2), 1, 10, 100, 1000);

        assertValues(y, 7, 7, 7, 7);
        assertValues(device.pooling().maxBackward(ties, y, dy, window), 0, 0, 0, 0, 1111, 0, 0, 0, 0);
        Tensor zeros = device.filled(MAP, 0);
        Tensor none = device.pooling().max(zeros, window);
        assertValues(device.pooling().maxBackward(zeros, none, dy, window), 1, 10, 0, 100, 1000, 0, 0, 0, 0);
    }

    @Test
    void averagePoolingGradientIsShared() {
        Window up = Window.over(3, 3, 2, 2, 0, Rounding.UP);
        Tensor dy = device.tensor(Shape.of(1, 1, 2, 2), 4, 2, 6, 5);

        assertValues(device.pooling().averageBackward(dy, up, MAP), 1, 1, 1, 1, 1, 1, 3, 3, 5);
    }

    @Test
    void responseNormalizationAcrossMaps() {
        Tensor maps = device.tensor(Shape.of(1, 4, 1, 1), 1, 2, 3, 4);
        ResponseNormalization all = new ResponseNormalization(Neighbourhood.ACROSS_MAPS, 3, 0.5, 1, 2, 1);
        ResponseNormalization two = new ResponseNormalization(Neighbourhood.ACROSS_MAPS, 3, 0.5, 1, 2, 2);

        // Squares 1, 4, 9, 16; alpha is not divided by the size.
        assertValues(
                device.normalizations().responseNormalization(maps, all),
                1 / (2 + 5 / 2.0),
                2 / (2 + 14 / 2.0),
                3 / (2 + 29 / 2.0),
                4 / (2 + 25 / 2.0));
        assertValues(
                device.normalizations().responseNormalization(maps, two),
                1 / (2 + 5 / 2.0),
                2 / (2 + 5 / 2.0),
                3 / (2 + 25 / 2.0),
                4 / (2 + 25 / 2.0));
    }

    @Test
    void responseNormalizationWithinAMap() {
        ResponseNormalization spec = new ResponseNormalization(Neighbourhood.WITHIN_MAP, 3, 1, 0.5, 1, 1);
        double[] y = device.normalizations().responseNormalization(x, spec).readDoubles();

        assertThat(y[0]).isCloseTo(1 / Math.sqrt(1 + 1 + 4 + 16 + 25), within(1e-15));
        assertThat(y[4]).isCloseTo(5 / Math.sqrt(1 + 285), within(1e-15));
    }

    @Test
    void sgdAsThePaperWritesIt() {
        Tensor w = device.tensor(Shape.of(1), 4);
        Tensor v = device.tensor(Shape.of(1), 8);
        Tensor g = device.tensor(Shape.of(1), 2);

        // v = 0.5 * 8 - 0.25 * 0.5 * 4 - 0.5 * 2 = 2.5; then, at a tenth of the rate, the velocity stays as it is.
        device.updates().sgd(w, v, g, new SgdStep(SgdStep.Rule.LEARNING_RATE_IN_VELOCITY, 0.5, 0.5, 0.25));
        assertValues(v, 2.5);
        assertValues(w, 6.5);
        device.updates().sgd(w, v, g, new SgdStep(SgdStep.Rule.LEARNING_RATE_IN_VELOCITY, 0.0625, 0.5, 0));
        assertValues(v, 1.25 - 0.125);
        assertValues(w, 7.625);
    }

    @Test
    void sgdWithTheRateOutside() {
        Tensor w = device.tensor(Shape.of(1), 4);
        Tensor v = device.tensor(Shape.of(1), 8);
        Tensor g = device.tensor(Shape.of(1), 2);

        // v = 0.5 * 8 + 0.25 * 4 + 2 = 7; w = 4 - 0.5 * 7.
        device.updates().sgd(w, v, g, new SgdStep(SgdStep.Rule.LEARNING_RATE_OUTSIDE, 0.5, 0.5, 0.25));
        assertValues(v, 7);
        assertValues(w, 0.5);
        device.updates().sgd(w, v, g, new SgdStep(SgdStep.Rule.LEARNING_RATE_OUTSIDE, 0.0625, 0.5, 0));
        assertValues(v, 5.5);
        assertValues(w, 0.5 - 5.5 / 16);
    }

    @Test
    void crossEntropyOfEvenOddsIsTheLogarithmOfTheirNumber() {
        Tensor logits = device.filled(Shape.of(2, 4), 1e4);
        Tensor labels = device.labels(0, 3);
        CrossEntropy forward = device.reductions().crossEntropy(logits, labels);

        assertValues(forward.losses(), Math.log(4), Math.log(4));
        Tensor dlosses = device.tensor(Shape.of(2), 1, 2);
        assertValues(
                device.reductions().crossEntropyBackward(forward.probabilities(), labels, dlosses),
                -0.75,
                0.25,
                0.25,
                0.25,
                0.5,
                0.5,
                0.5,
                -1.5);
    }

    @Test
    void linearAndItsGradients() {
        Tensor in = device.tensor(Shape.of(1, 2), 3, 5);
        Tensor w = device.tensor(Shape.of(3, 2), 1, 2, 3, 4, 5, 6);
        Tensor bias = device.tensor(Shape.of(3), 100, 200, 300);
        Tensor dy = device.tensor(Shape.of(1, 3), 1, 10, 100);

        assertValues(device.matrices().linear(in, w, bias, UnaryFunction.IDENTITY), 113, 229, 345);
        assertValues(device.matrices().linearBackwardData(dy, w), 531, 642);
        WeightGradients gradients = device.matrices().linearBackwardWeights(in, dy, true);
        assertValues(gradients.weights(), 3, 5, 30, 50, 300, 500);
        assertValues(gradients.bias(), 1, 10, 100);
    }
}
