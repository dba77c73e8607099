package dev.tandem.analysis.explain;

import dev.tandem.spi.Shape;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.Locale;

/**
 * The maps of a layer on one sheet, each from its least number (dark) to its greatest (yellow). Small maps are enlarged
 * by whole factors, so that a place stays a square of one colour.
 */
public final class FeatureMaps {
    private static final int MOST = 96;
    private static final int PER_ROW = 16;
    private static final int USUAL_SIDE = 56;
    private static final int WIDEST = 1000;
    private static final int GAP = 3;
    private static final int MARGIN = 10;
    private static final Color FLAT = new Color(0xd0d0d0);

    private FeatureMaps() {}

    /**
     * Draws the maps of one image.
     *
     * @param layer what made them
     * @param maps {@code (K, H, W)}, row-major
     * @param shape the extents {@code (K, H, W)}
     */
    public static BufferedImage draw(String layer, float[] maps, Shape shape) {
        int height = shape.dim(1);
        int width = shape.dim(2);
        int magnification = Math.max(1, USUAL_SIDE / Math.max(width, height));
        int tileWidth = width * magnification + GAP;
        int tileHeight = height * magnification + GAP;
        int perRow = Math.max(1, Math.min(Math.min(PER_ROW, shape.dim(0)), WIDEST / tileWidth));
        int most = Math.min(MOST, perRow * Math.max(1, WIDEST / tileHeight));
        int shown = Math.min(most, shape.dim(0));
        int rows = (shown + perRow - 1) / perRow;
        int sheet = Math.max(perRow * tileWidth - GAP, 560);
        Canvas canvas = new Canvas(sheet + 2 * MARGIN, rows * tileHeight + 58 + MARGIN);
        int flat = 0;
        for (int map = 0; map < shown; map++) {
            BufferedImage tile = tile(maps, map * height * width, width, height, magnification);
            flat += tile == null ? 1 : 0;
            int x = MARGIN + map % perRow * tileWidth;
            int y = 50 + map / perRow * tileHeight;
            if (tile == null) {
                canvas.fill(FLAT, x, y, tileWidth - GAP, tileHeight - GAP);
            } else {
                canvas.picture(tile, x, y);
            }
        }
        canvas.line(title(layer, shape, shown), Canvas.BOLD, MARGIN, MARGIN, sheet);
        canvas.line(note(flat), Canvas.SMALL, MARGIN, MARGIN + 20, sheet);
        return canvas.finished();
    }

    private static String title(String layer, Shape shape, int shown) {
        String size = String.format(Locale.ROOT, "%,d maps of %d x %d", shape.dim(0), shape.dim(1), shape.dim(2));
        return layer + ": " + size + (shown < shape.dim(0) ? ", the first " + shown : "");
    }

    private static String note(int flat) {
        return "Each map from its least number (dark) to its greatest (yellow)"
                + (flat == 0 ? "" : "; grey: the same number everywhere, " + flat);
    }

    /** One map; null if all its numbers are the same. */
    private static BufferedImage tile(float[] maps, int from, int width, int height, int magnification) {
        float least = Float.POSITIVE_INFINITY;
        float most = Float.NEGATIVE_INFINITY;
        for (int i = from; i < from + width * height; i++) {
            least = Math.min(least, maps[i]);
            most = Math.max(most, maps[i]);
        }
        if (!(most > least)) {
            return null;
        }
        BufferedImage tile =
                new BufferedImage(width * magnification, height * magnification, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < tile.getHeight(); y++) {
            for (int x = 0; x < tile.getWidth(); x++) {
                float value = maps[from + y / magnification * width + x / magnification];
                tile.setRGB(x, y, Viridis.at((value - least) / (most - least)).getRGB());
            }
        }
        return tile;
    }
}
