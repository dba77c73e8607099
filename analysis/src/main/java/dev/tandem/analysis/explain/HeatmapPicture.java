package dev.tandem.analysis.explain;

import java.awt.Color;
import java.awt.image.BufferedImage;

/**
 * A heatmap over what the net saw, which is in grey below it, with its scale and what it means. What matters most is
 * yellow.
 */
public final class HeatmapPicture {
    /** The side of the image in pictures of it, in pixels. */
    static final int SIDE = 320;

    static final int MARGIN = 12;
    static final int TITLE = 40;
    static final int TITLE_LINES = 2;
    private static final int SCALE = 12;
    private static final int NOTE_LINES = 5;
    private static final int NOTE = 110;
    private static final double STRENGTH = 0.6;

    /**
     * What a heatmap's numbers mean.
     *
     * @param title a line or two above it
     * @param low what stands at the dark end of the scale
     * @param high what stands at the yellow end
     * @param note some lines below it
     * @param isReversed whether the least numbers are yellow, instead of the greatest
     */
    public record Legend(String title, String low, String high, String note, boolean isReversed) {}

    private HeatmapPicture() {}

    /**
     * Draws a heatmap.
     *
     * @param seen the pixels that the map is over
     */
    public static BufferedImage draw(BufferedImage seen, Heatmap map, Legend legend) {
        Canvas canvas = new Canvas(SIDE + 2 * MARGIN, TITLE + SIDE + NOTE + 2 * MARGIN);
        canvas.paragraph(legend.title(), Canvas.BOLD, MARGIN, MARGIN / 2, SIDE, TITLE_LINES);
        int top = TITLE + MARGIN;
        canvas.picture(overlay(seen, map, legend.isReversed()), MARGIN, top);
        int scale = top + SIDE + 6;
        for (int x = 0; x < SIDE; x++) {
            canvas.fill(Viridis.at(x / (SIDE - 1.0)), MARGIN + x, scale, 1, SCALE);
        }
        int labels = scale + SCALE + 1;
        canvas.line(legend.low(), Canvas.SMALL, MARGIN, labels, SIDE / 2);
        canvas.toTheLeftOf(legend.high(), Canvas.SMALL, MARGIN + SIDE, labels);
        canvas.paragraph(
                legend.note(), Canvas.SMALL, MARGIN, labels + canvas.height(Canvas.SMALL) + 2, SIDE, NOTE_LINES);
        return canvas.finished();
    }

    private static BufferedImage overlay(BufferedImage seen, Heatmap map, boolean isReversed) {
        Canvas photograph = new Canvas(SIDE, SIDE);
        photograph.photograph(seen, 0, 0, SIDE, SIDE);
        BufferedImage image = photograph.finished();
        double least = map.least().value();
        double range = map.greatest().value() - least;
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                double value = map.at((x + 0.5) * seen.getWidth() / SIDE, (y + 0.5) * seen.getHeight() / SIDE);
                // A map of one number has nothing that matters more.
                double share = range > 0 ? (value - least) / range : isReversed ? 1 : 0;
                Color colour = Viridis.at(isReversed ? 1 - share : share);
                image.setRGB(
                        x,
                        y,
                        Viridis.mixed(grey(image.getRGB(x, y)), colour, STRENGTH)
                                .getRGB());
            }
        }
        return image;
    }

    private static Color grey(int rgb) {
        Color colour = new Color(rgb);
        float luminance = (0.299f * colour.getRed() + 0.587f * colour.getGreen() + 0.114f * colour.getBlue()) / 255;
        return new Color(luminance, luminance, luminance);
    }
}
