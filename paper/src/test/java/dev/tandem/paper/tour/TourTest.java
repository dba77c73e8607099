package dev.tandem.paper.tour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.alexnet.Recipes;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.data.Views;
import dev.tandem.nn.optimizer.Adam;
import dev.tandem.nn.recipe.Ablation;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.runtime.Tandem;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TourTest {
    @TempDir
    Path folder;

    /** A square of 256 whose pixel at (x, y) has red x and green y, in a wider photograph. */
    private Path photograph() throws IOException {
        BufferedImage image = new BufferedImage(300, 256, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 256; y++) {
            for (int x = 0; x < 300; x++) {
                image.setRGB(x, y, Math.min(255, Math.max(0, x - 22)) << 16 | y << 8 | 100);
            }
        }
        Path file = folder.resolve("gradient.png");
        ImageIO.write(image, "png", file.toFile());
        return file;
    }

    private static TrainingStatistics statistics() {
        int plane = 3 * 256 * 256;
        // Red varies most, by itself: the first component is red with a deviation of 50.
        return new TrainingStatistics(
                256, 10, new float[plane], new double[] {100, 100, 100}, new double[] {2500, 0, 0, 0, 400, 0, 0, 0, 9});
    }

    @Test
    void cropsAndViewsAreWhereTheyAreSaidToBe() throws IOException {
        AugmentationSheet sheet = AugmentationSheet.of(photograph(), ImageOptions.defaults(), statistics(), 4);
        List<BufferedImage> ten = sheet.views(Views.TEN);
        assertThat(ten).hasSize(10);
        assertThat(ten.get(0).getRGB(0, 0) & 0xFFFFFF).as("top left").isEqualTo(100);
        assertThat(ten.get(3).getRGB(223, 223) & 0xFFFFFF).as("bottom right").isEqualTo(0xFFFF64);
        assertThat(ten.get(4).getRGB(0, 0) & 0xFFFFFF).as("centre: 16, 16").isEqualTo(0x101064);
        assertThat(ten.get(9).getRGB(223, 0))
                .as("the centre, reflected")
                .isEqualTo(ten.get(4).getRGB(0, 0));
        assertThat(sheet.views(Views.NINE)).hasSize(9);
        assertThat(sheet.crops()).hasSize(6).allSatisfy(crop -> {
            int left = crop.getRGB(0, 0) >> 16 & 0xFF;
            int right = crop.getRGB(223, 0) >> 16 & 0xFF;
            assertThat(Math.abs(left - right)).isEqualTo(223);
            assertThat(Math.min(left, right)).isBetween(0, 32);
            assertThat(crop.getRGB(0, 0) >> 8 & 0xFF).isBetween(0, 32);
        });
        assertThat(sheet.draw().getWidth()).isEqualTo(900);
    }

    @Test
    void coloursGoAlongThePrincipalComponents() throws IOException {
        AugmentationSheet sheet = AugmentationSheet.of(photograph(), ImageOptions.defaults(), statistics(), 4);
        assertThat(sheet.coloured(0.1, 0, 0).getRGB(100, 60) & 0xFFFFFF)
                .as("5 of red: a tenth of its deviation")
                .isEqualTo(105 << 16 | 60 << 8 | 100);
        assertThat(sheet.coloured(0, 0.1, -1).getRGB(100, 60) & 0xFFFFFF).isEqualTo(100 << 16 | 62 << 8 | 97);
        assertThat(sheet.coloured(10, 0, 0).getRGB(100, 60) >> 16 & 0xFF)
                .as("clipped")
                .isEqualTo(255);
        assertThatThrownBy(() -> AugmentationSheet.of(
                        Files.writeString(folder.resolve("x.jpg"), "x"), ImageOptions.defaults(), statistics(), 1))
                .hasMessageContaining("it is no usable image");
    }

    @Test
    void theMeanOfDropoutIsWhatTestingComputes() {
        try (Tandem tandem = Tandem.configure("tandem.backend = cpu")) {
            DropoutSteps steps = DropoutSteps.draw(tandem.devices().get(0), 6);
            assertThat(steps.living()).hasSize(3);
            for (int step = 0; step < 3; step++) {
                // 2048 of 4096 with a deviation of 32: five of them are 160.
                assertThat(steps.count(step)).isBetween(2048 - 160, 2048 + 160);
            }
            assertThat(steps.living().get(0)).isNotEqualTo(steps.living().get(1));
            double mean =
                    steps.sums().stream().mapToDouble(sum -> sum).average().orElseThrow();
            assertThat(mean).isCloseTo(steps.testing(), within(0.01 * steps.testing()));
            assertThat(steps.picture().getWidth()).isEqualTo(900);
        }
    }

    @Test
    void theCurveIsTheSchedulesAndTheUpdateIsInWords() {
        Recipe paper = Recipes.PAPER.recipe(1000);
        LearningRateCurve curve = LearningRateCurve.of(paper);
        assertThat(curve.rates().get(0)).isEqualTo(0.01);
        assertThat(curve.rates().stream().distinct())
                .as("divided by 10 three times")
                .hasSize(4);
        int first = curve.rates().lastIndexOf(0.01);
        assertThat(curve.epochs().get(first))
                .as("not before a fifth of the epochs")
                .isGreaterThan(18);
        assertThat(curve.update())
                .contains("keeps 0.9 of the velocity", "of every weight: 0.0005.", "has not fallen for");
        LearningRateCurve constant = LearningRateCurve.of(Ablation.CONSTANT_RATE.changed(paper));
        assertThat(constant.rates()).containsOnly(0.01);
        assertThat(constant.picture().getWidth()).isEqualTo(900);
        Recipe adam = paper.withTraining(paper.training().withOptimizer(new Adam()));
        assertThat(LearningRateCurve.of(adam).update()).contains("The optimizer is Adam");
        assertThat(LearningRateCurve.of(Ablation.NO_WEIGHT_DECAY.changed(paper)).update())
                .contains("There is no weight decay.");
    }
}
