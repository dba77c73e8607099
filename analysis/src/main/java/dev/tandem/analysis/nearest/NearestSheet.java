package dev.tandem.analysis.nearest;

import dev.tandem.imagenet.PictureReader;
import dev.tandem.imagenet.layout.EscapedText;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.spi.TandemException;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * A sheet of what was found, as in the paper's figure 4: a row an image, which is on the left, its nearest to the right
 * of it with names and distances. No part of a photograph is cut off.
 */
public final class NearestSheet {
    /** The most rows of a sheet. */
    public static final int MOST_ROWS = 100;

    private static final int TILE = 160;
    private static final int GAP = 10;
    private static final int LINE = 15;
    private static final int HEAD = 26;
    private static final int CAPTION = 2 * LINE + 4;
    private static final int APART = 14;
    private static final Color GREY = new Color(0x6b6b6b);
    private static final Color PAPER = new Color(0xf3f3f3);
    private static final String CUT = "…";

    private final Path gallery;
    private final ImageOptions options;

    /** A sheet of images of a gallery's folder; {@code options} say how files become pixels. */
    public NearestSheet(Path gallery, ImageOptions options) {
        this.gallery = gallery;
        this.options = options;
    }

    /**
     * A row of the sheet.
     *
     * @param image what was looked for
     * @param nearest what was found, the nearest first
     */
    public record Row(Path image, List<Neighbour> nearest) {}

    /** Draws the sheet of 1 to {@value #MOST_ROWS} rows. */
    public BufferedImage draw(List<Row> rows) {
        int count = rows.stream().mapToInt(row -> row.nearest().size()).max().orElse(0);
        int width = left(count);
        int height = HEAD + rows.size() * (TILE + CAPTION + GAP);
        BufferedImage sheet = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = sheet.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, width, height);
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        graphics.setColor(Color.BLACK);
        graphics.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 12));
        graphics.drawString("Image", GAP, HEAD - 9);
        graphics.drawString("Its nearest, the nearest first, with distances", left(0), HEAD - 9);
        graphics.setColor(Color.LIGHT_GRAY);
        int line = GAP + TILE + (APART + GAP) / 2;
        graphics.drawLine(line, HEAD, line, height - GAP);
        try (PictureReader reader = new PictureReader(TILE, options)) {
            for (int row = 0; row < rows.size(); row++) {
                int top = HEAD + row * (TILE + CAPTION + GAP);
                Path image = rows.get(row).image();
                tile(graphics, reader, image, GAP, top);
                caption(graphics, image.getFileName().toString(), "", GAP, top);
                List<Neighbour> nearest = rows.get(row).nearest();
                for (int i = 0; i < nearest.size(); i++) {
                    Neighbour found = nearest.get(i);
                    tile(graphics, reader, gallery.resolve(found.file()), left(i), top);
                    caption(graphics, found.file(), distance(found.distance()), left(i), top);
                }
            }
        }
        graphics.dispose();
        return sheet;
    }

    private static int left(int place) {
        return GAP + TILE + APART + GAP + place * (TILE + GAP);
    }

    /** A distance with four digits, as people need. */
    public static String distance(double distance) {
        return distance == 0 ? "0" : String.format(Locale.ROOT, "%.4g", distance);
    }

    private static void tile(Graphics2D graphics, PictureReader reader, Path file, int x, int y) {
        graphics.setColor(PAPER);
        graphics.fillRect(x, y, TILE, TILE);
        BufferedImage picture;
        try {
            picture = reader.small(file);
        } catch (TandemException e) {
            graphics.setColor(GREY);
            graphics.setFont(new Font(Font.SANS_SERIF, Font.ITALIC, 11));
            graphics.drawString("is gone, or has changed", x + GAP, y + TILE / 2);
            return;
        }
        double scale = (double) TILE / Math.max(picture.getWidth(), picture.getHeight());
        int width = Math.max(1, (int) Math.round(scale * picture.getWidth()));
        int height = Math.max(1, (int) Math.round(scale * picture.getHeight()));
        graphics.drawImage(picture, x + (TILE - width) / 2, y + (TILE - height) / 2, width, height, null);
    }

    private static void caption(Graphics2D graphics, String name, String distance, int x, int y) {
        graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11));
        graphics.setColor(Color.BLACK);
        String shown = withoutStart(EscapedText.visible(name), graphics.getFontMetrics());
        graphics.drawString(shown, x, y + TILE + LINE - 2);
        graphics.setColor(GREY);
        graphics.drawString(distance, x, y + TILE + 2 * LINE - 2);
    }

    /** The end of a name tells more than its beginning: the file, and the class before it. */
    private static String withoutStart(String name, FontMetrics metrics) {
        if (metrics.stringWidth(name) <= TILE) {
            return name;
        }
        int from = 1;
        while (from < name.length() && metrics.stringWidth(CUT + name.substring(from)) > TILE) {
            from = name.offsetByCodePoints(from, 1);
        }
        return CUT + name.substring(from);
    }
}
