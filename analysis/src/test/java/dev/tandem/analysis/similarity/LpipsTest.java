package dev.tandem.analysis.similarity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.tandem.nn.checkpoint.ModelDescription;
import dev.tandem.nn.checkpoint.PretrainedModel;
import dev.tandem.nn.recipe.RecipeChoice;
import dev.tandem.runtime.Tandem;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The distances are PyTorch's, for convolutions and images that are made by a formula here and there. */
class LpipsTest {
    private static Tandem tandem;
    private static Lpips lpips;

    @BeforeAll
    static void open() {
        tandem = Tandem.configure("tandem.backend = cpu");
        lpips = new Lpips(new Made("owt"), tandem.placement());
    }

    @AfterAll
    static void close() {
        lpips.close();
        tandem.close();
    }

    /** A model of a recipe, whose convolutions are made by a formula when they are read. */
    private record Made(String recipe) implements PretrainedModel {
        @Override
        public Path file() {
            return Path.of("made");
        }

        @Override
        public ModelDescription description() {
            return ModelDescription.of(RecipeChoice.of(recipe, Map.of(), List.of()), Optional.empty());
        }

        @Override
        public List<String> classNames() {
            return List.of("a", "b");
        }

        @Override
        public Map<String, Shape> parameters() {
            throw new UnsupportedOperationException();
        }

        @Override
        public float[] read(String parameter) {
            int layer = parameter.charAt("conv".length()) - '1';
            boolean isBias = parameter.endsWith(".bias");
            int kernels = new int[] {64, 192, 384, 256, 256}[layer];
            int fanIn = new int[] {3 * 121, 64 * 25, 192 * 9, 384 * 9, 256 * 9}[layer];
            double scale = isBias ? 0.2 : 2 * Math.sqrt(6.0 / fanIn);
            float[] values = new float[isBias ? kernels : kernels * fanIn];
            for (int i = 0; i < values.length; i++) {
                long mixed = i * 2654435761L + (2 * layer + (isBias ? 1 : 0)) * 40503L;
                values[i] = (float) (((mixed & 0xFFFFFFFFL) / (double) (1L << 32) - 0.5) * scale);
            }
            return values;
        }

        @Override
        public void close() {
            // It holds nothing.
        }
    }

    private static BufferedImage image(int width, int height, int kind) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int rgb = 0;
                for (int colour = 0; colour < 3; colour++) {
                    rgb = rgb << 8 | (x * 7 + y * 13 + colour * 29 + x * y * kind) % 256;
                }
                image.setRGB(x, y, rgb);
            }
        }
        return image;
    }

    @ParameterizedTest
    @CsvSource({
        "64, 48, 1, 2, 0.36930945128814974",
        "64, 48, 0, 3, 0.5764387559818634",
        "31, 33, 1, 0, 0.16185099760446495"
    })
    void distancesArePyTorchs(int width, int height, int a, int b, double expected) {
        double distance = lpips.distance(image(width, height, a), image(width, height, b));
        assertThat(distance).isCloseTo(expected, withinPercentage(0.01));
        assertThat(lpips.distance(image(width, height, b), image(width, height, a)))
                .isCloseTo(distance, within(1e-9));
        assertThat(lpips.distance(image(width, height, a), image(width, height, a)))
                .isZero();
    }

    @Test
    void imagesThatCannotBeComparedAreRefused() {
        BufferedImage image = image(40, 50, 1);
        assertThatThrownBy(() -> lpips.distance(image, image(50, 40, 1)))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("different sizes, got 40x50 and 50x40, expected the same size. Resize or crop");
        BufferedImage small = image(30, 50, 1);
        assertThatThrownBy(() -> lpips.distance(small, small))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("too small or too large, got 30x50, expected 31 pixels or more each way");
    }

    @ParameterizedTest
    @CsvSource({
        "small, '[48, 128, 192, 192, 128] channels'",
        "caffe, 'got caffe with [96, 256, 384, 384, 256] channels'"
    })
    void anotherNetIsRefused(String recipe, String said) {
        assertThatThrownBy(() -> new Lpips(new Made(recipe), tandem.placement()))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("the weights of LPIPS are for another net than that of made")
                .hasMessageContaining(said)
                .hasMessageContaining("expected owt with [64, 192, 384, 256, 256] channels");
    }

    @Test
    void theWeightsAreThoseOfAlexPth() {
        double[] sums = {2.34953, 16.1430, 39.2684, 27.1972, 20.3172};
        List<float[]> weights = LpipsWeights.read();
        assertThat(weights).hasSize(5);
        for (int layer = 0; layer < 5; layer++) {
            double sum = 0;
            for (float weight : weights.get(layer)) {
                assertThat(weight).isNotNegative();
                sum += weight;
            }
            assertThat(sum).isCloseTo(sums[layer], within(1e-4));
        }
    }
}
