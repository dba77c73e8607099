package dev.tandem.analysis.explain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.runtime.Prediction;
import dev.tandem.spi.Shape;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PicturesTest {
    private static final int LEFT = HeatmapPicture.MARGIN;
    private static final int TOP = HeatmapPicture.TITLE + HeatmapPicture.MARGIN;
    private static final int SIDE = HeatmapPicture.SIDE;

    private static BufferedImage grey(int side) {
        return new Canvas(side, side).finished();
    }

    private static Heatmap oneBrightCell() {
        return Heatmap.spread(new float[] {0, 0, 0, 0, 0, 0, 0, 5, 0}, 3, 3, 30, 30);
    }

    @Test
    void barsAreAsLongAsProbabilitiesAndTheOwnClassHasAnotherColour() {
        List<Prediction> classes = List.of(
                new Prediction("a very long name of a class that has no room in its bar", 2, 0.75),
                new Prediction("fox", 0, 0.25),
                new Prediction("empty", 1, 0));
        BufferedImage picture = LikeliestClasses.draw(grey(30), classes, "fox", name -> "word for " + name);
        int bars = TOP + SIDE + 28;
        Color other = new Color(picture.getRGB(LEFT + 2, bars + 2));
        Color own = new Color(picture.getRGB(LEFT + 2, bars + 26 + 2));
        assertThat(own).isNotEqualTo(other);
        assertThat(new Color(picture.getRGB(LEFT + 2, bars + 52 + 2))).isEqualTo(Color.WHITE);
        assertThat(length(picture, bars + 2, other)).isEqualTo(240);
        assertThat(length(picture, bars + 26 + 2, own)).isEqualTo(80);
    }

    /** Pixels of a colour in a row, the frame's pixel on the left counted with them. */
    private static int length(BufferedImage picture, int y, Color colour) {
        int length = 1;
        for (int x = LEFT; x < LEFT + SIDE; x++) {
            length += picture.getRGB(x, y) == colour.getRGB() ? 1 : 0;
        }
        return length;
    }

    @Test
    void whatMattersMostIsYellowInBothDirections() {
        for (boolean isReversed : new boolean[] {false, true}) {
            Heatmap map = isReversed
                    ? Heatmap.spread(new float[] {1, 1, 1, 1, 1, 1, 1, 0, 1}, 3, 3, 30, 30)
                    : oneBrightCell();
            BufferedImage picture = HeatmapPicture.draw(
                    grey(30), map, new HeatmapPicture.Legend("title", "low", "high", "note", isReversed));
            Color most = new Color(picture.getRGB(LEFT + SIDE / 2, TOP + SIDE * 5 / 6));
            Color least = new Color(picture.getRGB(LEFT + 5, TOP + 5));
            assertThat(most.getRed()).isGreaterThan(least.getRed() + 50);
            assertThat(most.getGreen()).isGreaterThan(least.getGreen() + 50);
            // The scale has its yellow end on the right.
            int scale = TOP + SIDE + 10;
            assertThat(new Color(picture.getRGB(LEFT + SIDE - 1, scale)).getRed())
                    .isGreaterThan(new Color(picture.getRGB(LEFT, scale)).getRed() + 100);
        }
    }

    @Test
    void anOverviewHasTheOthersSideBySide() {
        Explanation explanation = new Explanation(
                grey(30),
                List.of(new Prediction("fox", 0, 1)),
                null,
                new Prediction("fox", 0, 1),
                "relu5",
                oneBrightCell(),
                new OcclusionMap(4, 1),
                oneBrightCell());
        Map<String, BufferedImage> pictures = explanation.pictures("fox.jpg", name -> name);
        assertThat(pictures.keySet()).containsExactly("overview", "classes", "grad-cam", "occlusion");
        BufferedImage overview = pictures.get("overview");
        assertThat(overview.getWidth()).isEqualTo(3 * (SIDE + 2 * LEFT));
        int x = SIDE + 2 * LEFT + LEFT + SIDE / 2;
        int y = overview.getHeight() - pictures.get("grad-cam").getHeight();
        assertThat(y).isNotNegative();
        assertThat(overview.getRGB(x, 56 + TOP + SIDE / 2))
                .isEqualTo(pictures.get("grad-cam").getRGB(LEFT + SIDE / 2, TOP + SIDE / 2));
    }

    @Test
    void aPlaceOfAMapIsASquareOfOneColour() {
        float[] maps = {0, 1, 2, 3, 7, 7, 7, 7};
        BufferedImage sheet = FeatureMaps.draw("relu5", maps, Shape.of(2, 2, 2));
        Color dark = new Color(sheet.getRGB(10, 50));
        assertThat(dark).isEqualTo(Viridis.at(0));
        for (int i = 0; i < 28 * 28; i++) {
            assertThat(sheet.getRGB(10 + i % 28, 50 + i / 28)).isEqualTo(dark.getRGB());
            assertThat(sheet.getRGB(10 + 28 + i % 28, 50 + 28 + i / 28))
                    .isEqualTo(Viridis.at(1).getRGB());
        }
        Color flat = new Color(sheet.getRGB(10 + 56 + 3, 50));
        assertThat(flat.getRed()).isEqualTo(flat.getGreen()).isEqualTo(flat.getBlue());
        assertThat(new Color(sheet.getRGB(10 + 57, 50))).as("the gap").isEqualTo(Color.WHITE);
    }

    @Test
    void sheetsOfManyOrLargeMapsAreBounded() {
        for (Shape shape : List.of(
                Shape.of(2000, 6, 6),
                Shape.of(96, 55, 55),
                Shape.of(40, 400, 300),
                Shape.of(300, 1, 2),
                Shape.of(1, 13, 13))) {
            BufferedImage sheet = FeatureMaps.draw("layer", new float[shape.arrayLength()], shape);
            assertThat(sheet.getWidth()).as("%s", shape).isBetween(500, 1100);
            assertThat(sheet.getHeight()).as("%s", shape).isBetween(60, 1100);
        }
        for (Shape shape : List.of(
                Shape.of(4096, 512, 3, 3), Shape.of(256, 48, 5, 5), Shape.of(8, 1, 11, 11), Shape.of(2, 3, 1, 1))) {
            BufferedImage sheet = KernelSheet.draw("layer", new float[shape.arrayLength()], shape);
            assertThat(sheet.getWidth()).as("%s", shape).isBetween(500, 1100);
            assertThat(sheet.getHeight()).as("%s", shape).isBetween(60, 1100);
        }
    }

    @Test
    void aKernelsZeroIsGreyAndItsGreatestWeightWhite() {
        BufferedImage sheet = KernelSheet.draw("conv2", new float[] {0, 2, -1, -2}, Shape.of(1, 1, 2, 2));
        assertThat(new Color(sheet.getRGB(10, 50)).getRed()).isEqualTo(128);
        assertThat(new Color(sheet.getRGB(10 + 16, 50))).isEqualTo(Color.WHITE);
        assertThat(new Color(sheet.getRGB(10, 50 + 16)).getRed()).isEqualTo(64);
        assertThat(new Color(sheet.getRGB(10 + 16, 50 + 16))).isEqualTo(Color.BLACK);
    }
}
