package dev.tandem.examples.run;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;

/** A model's confusions: a row for each true class, a column for each predicted one, darker for a larger share. */
public final class ConfusionPicture {
    private static final int LABELLED = 40;
    private static final int CELL = 36;
    private static final int MARGIN = 150;
    private static final int LARGEST = 1000;
    private static final Color HIT = new Color(0x1f77b4);
    private static final Color MISS = new Color(0xd95f02);

    private ConfusionPicture() {}

    /** Draws {@code confusion}, images by label and prediction. */
    public static BufferedImage draw(int[][] confusion, List<String> classNames) {
        int classes = confusion.length;
        boolean labelled = classes <= LABELLED;
        int cell = labelled ? CELL : Math.max(1, LARGEST / classes);
        int margin = labelled ? MARGIN : 0;
        BufferedImage picture =
                new BufferedImage(margin + classes * cell, margin + classes * cell, BufferedImage.TYPE_INT_RGB);
        Graphics2D canvas = picture.createGraphics();
        canvas.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        canvas.setColor(Color.WHITE);
        canvas.fillRect(0, 0, picture.getWidth(), picture.getHeight());
        canvas.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
        for (int label = 0; label < classes; label++) {
            int images = 0;
            for (int count : confusion[label]) {
                images += count;
            }
            for (int predicted = 0; predicted < classes; predicted++) {
                double share = images == 0 ? 0 : confusion[label][predicted] / (double) images;
                int x = margin + predicted * cell;
                int y = margin + label * cell;
                canvas.setColor(blend(label == predicted ? HIT : MISS, share));
                canvas.fillRect(x, y, cell, cell);
                if (labelled && confusion[label][predicted] > 0) {
                    canvas.setColor(share > 0.5 ? Color.WHITE : Color.BLACK);
                    canvas.drawString(Integer.toString(confusion[label][predicted]), x + cell / 4, y + 2 * cell / 3);
                }
            }
            if (labelled) {
                name(canvas, classNames.get(label), margin, margin + label * cell + 2 * cell / 3, cell, label);
            }
        }
        canvas.dispose();
        return picture;
    }

    /** The class's name beside its row and, turned, above its column. */
    private static void name(Graphics2D canvas, String name, int margin, int baseline, int cell, int index) {
        canvas.setColor(Color.BLACK);
        canvas.drawString(name, margin - 8 - canvas.getFontMetrics().stringWidth(name), baseline);
        Graphics2D turned = (Graphics2D) canvas.create();
        turned.translate(margin + index * cell + 2 * cell / 3, margin - 8);
        turned.rotate(-Math.PI / 2);
        turned.drawString(name, 0, 0);
        turned.dispose();
    }

    private static Color blend(Color colour, double share) {
        float strength = (float) Math.sqrt(share); // small shares must still show
        return new Color(
                1 - strength * (1 - colour.getRed() / 255f),
                1 - strength * (1 - colour.getGreen() / 255f),
                1 - strength * (1 - colour.getBlue() / 255f));
    }
}
