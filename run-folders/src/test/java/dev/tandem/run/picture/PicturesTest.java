package dev.tandem.run.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.nn.train.EpochRecord;
import dev.tandem.spi.Shape;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The pictures of runs, for few and many classes, few and many epochs. */
class PicturesTest {
    private static final int GROUPS = 7;

    /** 50 images of each class, of which some are taken for others of its group (the label modulo 7). */
    private static int[][] confusion(int classes, long seed) {
        Random random = new Random(seed);
        int[][] confusion = new int[classes][classes];
        for (int truth = 0; truth < classes; truth++) {
            for (int image = 0; image < 50; image++) {
                int other = (truth + GROUPS * random.nextInt(classes)) % classes;
                boolean confused = random.nextInt(3) == 0 && other % GROUPS == truth % GROUPS;
                confusion[truth][confused ? other : truth]++;
            }
        }
        return confusion;
    }

    private static List<String> names(int classes) {
        return IntStream.range(0, classes)
                .mapToObj(label -> "class\n" + "n".repeat(label % 100) + label)
                .toList();
    }

    @Test
    void classesThatAreConfusedStandTogether() {
        long seed = System.nanoTime();
        int[] order = ConfusionOrder.of(confusion(70, seed));
        assertThat(order).as("seed " + seed).hasSize(70).doesNotHaveDuplicates();
        int changes = 0;
        for (int place = 1; place < order.length; place++) {
            changes += order[place] % GROUPS == order[place - 1] % GROUPS ? 0 : 1;
        }
        assertThat(changes).as("between groups, seed " + seed).isEqualTo(GROUPS - 1);
        assertThat(ConfusionOrder.of(confusion(70, seed))).isEqualTo(order);
    }

    @Test
    void classesThatAreNeverConfusedKeepTheirOrder() {
        int[][] perfect = new int[5][5];
        IntStream.range(0, 5).forEach(label -> perfect[label][label] = 9);
        assertThat(ConfusionOrder.of(perfect)).containsExactly(0, 1, 2, 3, 4);
        assertThat(ConfusionOrder.of(new int[2][2])).containsExactly(0, 1);
        assertThat(ConfusionOrder.of(new int[1][1])).containsExactly(0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 10, 40, 100, 121, 1000, 2500})
    void aConfusionPictureIsBoundedForAnyNumberOfClasses(int classes) {
        BufferedImage picture = ConfusionPicture.draw(confusion(classes, 1), names(classes));
        assertThat(picture.getWidth()).isBetween(600, 2600);
        assertThat(picture.getHeight()).isBetween(150, 2600);
        int[] pixels = picture.getRGB(0, 0, picture.getWidth(), picture.getHeight(), null, 0, picture.getWidth());
        assertThat(Arrays.stream(pixels).distinct().count()).as("shades").isGreaterThan(5);
    }

    @Test
    void aDarkerShadeIsALargerShareAlsoInGrey() {
        int[][] confusion = {{90, 10}, {40, 60}};
        BufferedImage picture = ConfusionPicture.draw(confusion, List.of("a", "b"));
        // A cell has 80 pixels a side; the frame around the cells is the first line that long.
        int frame = IntStream.range(0, picture.getHeight())
                .filter(row -> isDarkRun(picture, row))
                .findFirst()
                .orElseThrow();
        int x = IntStream.range(0, picture.getWidth())
                        .filter(column -> luminance(picture.getRGB(column, frame)) < 150)
                        .findFirst()
                        .orElseThrow()
                + 4;
        int y = frame + 4;
        double hit = luminance(picture.getRGB(x, y));
        double few = luminance(picture.getRGB(x + 80, y));
        double many = luminance(picture.getRGB(x, y + 80));
        double fewerHits = luminance(picture.getRGB(x + 80, y + 80));
        assertThat(hit).isLessThan(fewerHits);
        assertThat(fewerHits).isLessThan(many);
        assertThat(many).isLessThan(few);
    }

    /** Whether a row of pixels has a run as long as the frame of two cells. */
    private static boolean isDarkRun(BufferedImage picture, int row) {
        int run = 0;
        for (int x = 0; x < picture.getWidth(); x++) {
            run = luminance(picture.getRGB(x, row)) < 150 ? run + 1 : 0;
            if (run > 150) {
                return true;
            }
        }
        return false;
    }

    private static double luminance(int rgb) {
        return .299 * (rgb >> 16 & 0xff) + .587 * (rgb >> 8 & 0xff) + .114 * (rgb & 0xff);
    }

    private static EpochRecord epoch(int number, double loss, Double top1, Double top5) {
        return new EpochRecord(number, number, .01, loss, top1, top5, null, 1, 0, List.of(), null, 1);
    }

    @Test
    void curvesOfAnyRun() {
        assertThat(CurvesPicture.draw("small", List.of(epoch(1, 2.3, .9, .5))).getHeight())
                .isEqualTo(840);
        assertThat(CurvesPicture.draw("small", List.of(epoch(1, .7, .5, null), epoch(2, 1e-6, 0.0, null)))
                        .getHeight())
                .isEqualTo(840);
        assertThat(CurvesPicture.draw("small", List.of(epoch(1, .7, null, null)))
                        .getHeight())
                .as("without validation")
                .isEqualTo(420);
        List<EpochRecord> many = new ArrayList<>();
        for (int number = 1; number <= 90; number++) {
            many.add(epoch(number, 7.0 / number, .9 / number, .5 / number));
        }
        assertThat(CurvesPicture.draw("paper", many).getHeight()).isEqualTo(840);
    }

    @ParameterizedTest
    @CsvSource({"2.3026, 3", "0.6931, 0.8", "7.66, 8", "0.0000004, 0.1", "0, 0.1", "100, 100", "86.2, 100", "0.3, 0.3"})
    void anAxisEndsAtAShortNumber(double most, double end) {
        assertThat(CurvesPicture.axisEnd(most)).isCloseTo(end, within(1e-12));
    }

    @Test
    void kernelsOverOneChannelAreGrey() {
        float[] weights = {-1, 0, 1, 0, 0, 0, 0, 0, 0, 5, 5, 5, 5, 5, 5, 5, 5, 6};
        BufferedImage picture = KernelPicture.block(weights, Shape.of(2, 1, 3, 3), 0, 2);
        // Five pixels for each weight, after a gap of four.
        assertThat(picture.getRGB(5, 5) & 0xffffff).isZero();
        assertThat(picture.getRGB(4 + 12, 5) & 0xffffff).isEqualTo(0xffffff);
        assertThat(picture.getRGB(4 + 7, 5) & 0xffffff).isEqualTo(0x808080);
        assertThat(picture.getRGB(4 + 15 + 4 + 12, 4 + 12) & 0xffffff).isEqualTo(0xffffff);
    }
}
