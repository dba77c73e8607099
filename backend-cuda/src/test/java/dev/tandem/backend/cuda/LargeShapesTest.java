package dev.tandem.backend.cuda;

import static dev.tandem.backend.cuda.Comparison.normal;

import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.Elementwise;
import dev.tandem.spi.op.SgdStep;
import dev.tandem.spi.op.UnaryFunction;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Larger shapes than the conformance suite's, which the backend computes by large tiles and by sums in parts. */
class LargeShapesTest {
    private final Comparison comparison =
            new Comparison(EmulatedDriver.provider(), Map.of("accelerators", 0L, "devices", 1L, "arena", 0L), 1e-5);

    @AfterEach
    void close() {
        comparison.close();
    }

    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void productsInLargeTiles(boolean transposeA, boolean transposeB) {
        comparison.product(300, 67, 261, transposeA, transposeB);
    }

    /** More products than a grid has blocks along z, so that there are two launches; and large tiles. */
    @ParameterizedTest
    @CsvSource({"65537, 1, 2, 1", "2, 300, 67, 261"})
    void batchesOfProducts(int batch, int rows, int depth, int columns) {
        comparison.agree((device, results) -> {
            Tensor a = normal(device, "a", batch, rows, depth);
            Tensor b = normal(device, "b", batch, depth, columns);
            results.put("product", device.matrices().batchedProduct(a, false, b, false));
        });
    }

    @Test
    void linearInLargeTiles() {
        comparison.agree((device, results) -> {
            Tensor x = normal(device, "x", 257, 50);
            Tensor w = normal(device, "w", 258, 50);
            Tensor y = device.matrices().linear(x, w, normal(device, "bias", 258), UnaryFunction.RELU);
            results.put("y", y);
            results.put(
                    "dw", device.matrices().linearBackwardWeights(x, y, true).weights());
        });
    }

    /** 72 outputs of 70 channels over 512 places: large tiles forward and back. */
    @ParameterizedTest
    @CsvSource({"70, 72, 1", "140, 144, 2"})
    void convolutionsInLargeTiles(int channels, int outputs, int groups) {
        comparison.convolution(Shape.of(2, channels, 16, 16), outputs, 3, groups);
    }

    /** Few weights, and 4096 places to which each is applied: the sums over these are taken in parts. */
    @ParameterizedTest
    @CsvSource({"3, 5, 1", "6, 4, 2"})
    void weightGradientsInParts(int channels, int outputs, int groups) {
        comparison.convolution(Shape.of(4, channels, 32, 32), outputs, 5, groups);
    }

    /** Threads take four elements at once: some, all but a few, and more than there are threads. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 4, 6, 1023, 200_003})
    void passesOverElements(int count) {
        comparison.agree((device, results) -> {
            Elementwise elementwise = device.elementwise();
            Tensor a = normal(device, "a", count);
            Tensor b = normal(device, "b", count);
            results.put("affine", elementwise.affine(a, 0.5, 2));
            for (UnaryFunction f : UnaryFunction.values()) {
                Tensor in = f == UnaryFunction.LOG || f == UnaryFunction.SQRT
                        ? elementwise.affineInPlace(elementwise.unary(UnaryFunction.ABS, a), 1, 0.5)
                        : a;
                Tensor out = elementwise.unary(f, in);
                results.put(f.name(), out);
                results.put(f.name() + " backward", elementwise.unaryBackward(f, f.gradientFromOutput() ? out : in, b));
            }
            for (BinaryFunction f : BinaryFunction.values()) {
                Tensor left = f == BinaryFunction.POWER ? elementwise.unary(UnaryFunction.ABS, a) : a;
                Tensor right = f == BinaryFunction.DIVIDE ? elementwise.unary(UnaryFunction.EXP, b) : b;
                results.put(f.name(), elementwise.binary(f, left, right));
            }
            Tensor w = elementwise.affine(a, 1, 0);
            Tensor v = elementwise.affine(b, 0.1, 0);
            for (SgdStep.Rule rule : SgdStep.Rule.values()) {
                device.updates().sgd(w, v, b, new SgdStep(rule, 0.1, 0.9, 0.01));
            }
            results.put("w", w);
            results.put("v", v);
        });
    }

    @Test
    void longSumsInParts() {
        comparison.agree((device, results) -> {
            Tensor x = normal(device, "x", 3, 50_001);
            results.put("rows", device.reductions().sumTo(x, Shape.of(3, 1)));
            results.put("all", device.reductions().sum(x));
        });
    }

    @Test
    void softmaxOfManyClasses() {
        comparison.agree((device, results) -> {
            Tensor x = normal(device, "x", 3, 1000);
            results.put(
                    "losses",
                    device.reductions()
                            .crossEntropy(x, device.labels(0, 999, 500))
                            .losses());
            results.put("softmax", device.reductions().softmax(x));
        });
    }
}
