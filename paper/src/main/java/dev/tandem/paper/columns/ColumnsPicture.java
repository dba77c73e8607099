package dev.tandem.paper.columns;

import dev.tandem.paper.columns.ColumnStudy.Seed;
import dev.tandem.run.picture.KernelPicture;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;

/** The first layer's kernels of two columns side by side, a row for each seed. */
public final class ColumnsPicture {
    private static final int COLUMNS = 2;
    private static final int CAPTION = 24;
    private static final int BETWEEN = 30;

    private ColumnsPicture() {}

    /** Draws {@code seeds}, at least one. */
    public static BufferedImage draw(List<Seed> seeds) {
        BufferedImage first = block(seeds.get(0), 0);
        int width = first.getWidth();
        int height = first.getHeight() + CAPTION;
        BufferedImage picture = new BufferedImage(
                BETWEEN + COLUMNS * (width + BETWEEN), seeds.size() * (height + BETWEEN), BufferedImage.TYPE_INT_RGB);
        Graphics2D canvas = picture.createGraphics();
        canvas.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        canvas.setColor(Color.WHITE);
        canvas.fillRect(0, 0, picture.getWidth(), picture.getHeight());
        canvas.setColor(Color.BLACK);
        canvas.setFont(canvas.getFont().deriveFont(Font.PLAIN, 13f));
        for (int row = 0; row < seeds.size(); row++) {
            Seed seed = seeds.get(row);
            int y = BETWEEN / 2 + row * (height + BETWEEN);
            for (int column = 0; column < COLUMNS; column++) {
                int x = BETWEEN + column * (width + BETWEEN);
                canvas.drawString(caption(seed, column), x + 4, y + CAPTION - 8);
                canvas.drawImage(block(seed, column), x, y + CAPTION, null);
            }
        }
        canvas.dispose();
        return picture;
    }

    private static String caption(Seed seed, int column) {
        ColumnDivision division = seed.division();
        return column == 0
                ? String.format(
                        Locale.ROOT,
                        "seed %d: %.2f of the energy is colour (%s)",
                        seed.seed(),
                        division.first(),
                        division.isDivided() ? "divided" : "not more than chance")
                : String.format(Locale.ROOT, "%.2f", division.second());
    }

    private static BufferedImage block(Seed seed, int column) {
        int perColumn = seed.shape().dim(0) / COLUMNS;
        return KernelPicture.block(seed.weights(), seed.shape(), column * perColumn, perColumn);
    }
}
