package dev.tandem.run.picture;

import dev.tandem.imagenet.layout.ImageNetClasses;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * A model's confusions: a row for each true class, a column for each predicted one, darker for a larger share of the
 * row. Classes that are confused stand together. Cells that are large enough show their number of images; every class
 * is named, or as many as there is room for.
 */
public final class ConfusionPicture {
    /** The matrix has about this many pixels a side, or fewer with few classes, or more to fit numbers. */
    private static final int SIDE = 1000;

    private static final int LARGEST_CELL = 80;
    private static final int MOST_NUMBERED = 120;
    private static final int LEAST_NUMBERED_CELL = 17;
    /** With more classes a cell stands for several, and classes stay in the order of their labels. */
    private static final int MOST_CELLS = 1000;

    private static final int NARROWEST = 720;
    private static final int GAP = 8;
    private static final int TITLE = 28;
    private static final int LONGEST_NAME = 190;
    private static final int NAME_PIXELS = 13;
    private static final Color DARKEST = new Color(0x08306b);
    private static final Color LINE = new Color(0xd0d0d0);

    private final int[][] confusion;
    private final String[] names;
    private final int[] order;
    private final int perCell;
    private final int cells;
    private final int cell;
    private final int margin;
    private final Graphics2D canvas;

    private ConfusionPicture(
            int[][] confusion, String[] names, int[] order, int cell, int margin, BufferedImage picture) {
        this.confusion = confusion;
        this.names = names;
        this.order = order;
        this.perCell = perCell(confusion.length);
        this.cells = cells(confusion.length);
        this.cell = cell;
        this.margin = margin;
        this.canvas = picture.createGraphics();
    }

    /** Draws {@code confusion}, images by label and prediction. */
    public static BufferedImage draw(int[][] confusion, List<String> classNames) {
        int classes = confusion.length;
        int[] order = perCell(classes) > 1 ? IntStream.range(0, classes).toArray() : ConfusionOrder.of(confusion);
        int cell = cellSize(classes);
        FontMetrics metrics = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB)
                .createGraphics()
                .getFontMetrics(nameFont(cell));
        String[] names = classNames.stream()
                .map(name -> shortened(ImageNetClasses.brief(name).replaceAll("\\p{Cntrl}", " "), metrics))
                .toArray(String[]::new);
        int longest = IntStream.range(0, classes)
                .map(label -> metrics.stringWidth(names[label]))
                .max()
                .orElse(0);
        int margin = TITLE + longest + 2 * GAP;
        int matrix = cells(classes) * cell;
        // The scale below it needs its room, too.
        int width = Math.max(margin + matrix + margin(cell), NARROWEST);
        BufferedImage picture = new BufferedImage(width, margin + matrix + 3 * TITLE, BufferedImage.TYPE_INT_RGB);
        ConfusionPicture drawing = new ConfusionPicture(confusion, names, order, cell, margin, picture);
        drawing.canvas.setColor(Color.WHITE);
        drawing.canvas.fillRect(0, 0, width, picture.getHeight());
        drawing.canvas.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        drawing.matrix();
        drawing.names();
        drawing.titles();
        drawing.scale();
        drawing.canvas.dispose();
        return picture;
    }

    private static int perCell(int classes) {
        return (classes + MOST_CELLS - 1) / MOST_CELLS;
    }

    private static int cells(int classes) {
        return (classes + perCell(classes) - 1) / perCell(classes);
    }

    private static int cellSize(int classes) {
        int fitting = Math.max(2, Math.min(LARGEST_CELL, SIDE / cells(classes)));
        return classes <= MOST_NUMBERED
                ? Math.max(LEAST_NUMBERED_CELL, fitting)
                : Math.max(2, 2 * SIDE / cells(classes));
    }

    /** What stands to the right of the matrix: the errors of the classes, if they have room, and a gap. */
    private static int margin(int cell) {
        return cell >= LEAST_NUMBERED_CELL ? 64 : 2 * GAP;
    }

    private static Font nameFont(int cell) {
        return new Font(Font.SANS_SERIF, Font.PLAIN, Math.max(11, Math.min(13, cell - 5)));
    }

    private static String shortened(String name, FontMetrics metrics) {
        if (metrics.stringWidth(name) <= LONGEST_NAME) {
            return name;
        }
        int length = name.length();
        while (metrics.stringWidth(name.substring(0, length) + "...") > LONGEST_NAME) {
            length = name.offsetByCodePoints(length, -1);
        }
        return name.substring(0, length) + "...";
    }

    private void matrix() {
        int[] images = IntStream.range(0, cells)
                .map(row -> labels(row)
                        .map(label -> IntStream.of(confusion[label]).sum())
                        .sum())
                .toArray();
        Font font = new Font(Font.SANS_SERIF, Font.PLAIN, Math.max(9, Math.min(14, cell * 2 / 5)));
        canvas.setFont(font);
        for (int row = 0; row < cells; row++) {
            for (int column = 0; column < cells; column++) {
                int to = column;
                int count = labels(row)
                        .map(label -> labels(to)
                                .map(predicted -> confusion[label][predicted])
                                .sum())
                        .sum();
                double strength = images[row] == 0 ? 0 : strength(count / (double) images[row]);
                int x = margin + column * cell;
                int y = margin + row * cell;
                canvas.setColor(shade(strength));
                canvas.fillRect(x, y, cell, cell);
                if (cell >= LEAST_NUMBERED_CELL && count > 0) {
                    number(count, strength, x, y);
                }
            }
        }
        canvas.setColor(LINE);
        if (cell >= LEAST_NUMBERED_CELL) {
            for (int i = 1; i < cells; i++) {
                canvas.drawLine(margin + i * cell, margin, margin + i * cell, margin + cells * cell);
                canvas.drawLine(margin, margin + i * cell, margin + cells * cell, margin + i * cell);
            }
            canvas.setColor(Color.DARK_GRAY);
            canvas.setFont(nameFont(cell));
            for (int row = 0; row < cells; row++) {
                error(row, images[row]);
            }
        }
        canvas.setColor(Color.GRAY);
        canvas.drawRect(margin - 1, margin - 1, cells * cell + 1, cells * cell + 1);
    }

    /** The labels that a row or a column stands for: one, but for very many classes. */
    private IntStream labels(int place) {
        return IntStream.range(place * perCell, Math.min(order.length, (place + 1) * perCell))
                .map(i -> order[i]);
    }

    private void number(int count, double strength, int x, int y) {
        String text = Integer.toString(count);
        FontMetrics metrics = canvas.getFontMetrics();
        if (metrics.stringWidth(text) < cell) {
            canvas.setColor(strength > 0.5 ? Color.WHITE : Color.BLACK);
            int baseline = y + (cell + metrics.getAscent() - metrics.getDescent()) / 2;
            canvas.drawString(text, x + (cell - metrics.stringWidth(text) + 1) / 2, baseline);
        }
    }

    private void error(int row, int images) {
        if (images > 0) {
            double error = 1 - confusion[order[row]][order[row]] / (double) images;
            String text = String.format(Locale.ROOT, "%.1f %%", 100 * error);
            canvas.drawString(text, margin + cells * cell + GAP, baseline(row));
        }
    }

    private int baseline(int place) {
        FontMetrics metrics = canvas.getFontMetrics();
        return margin + place * cell + (cell + metrics.getAscent() - metrics.getDescent()) / 2;
    }

    /** Names beside the rows and, turned, above the columns. */
    private void names() {
        canvas.setFont(nameFont(cell));
        canvas.setColor(Color.BLACK);
        for (int place = 0; place < cells; place += namedEvery()) {
            String name = names[order[place * perCell]];
            int width = canvas.getFontMetrics().stringWidth(name);
            canvas.drawString(name, margin - GAP - width, baseline(place));
            Graphics2D turned = (Graphics2D) canvas.create();
            turned.translate(baseline(place), margin - GAP);
            turned.rotate(-Math.PI / 2);
            turned.drawString(name, 0, 0);
            turned.dispose();
        }
    }

    private int namedEvery() {
        return (NAME_PIXELS + cell - 1) / cell;
    }

    private void titles() {
        canvas.setColor(Color.BLACK);
        canvas.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 14));
        canvas.drawString("predicted class", margin, TITLE - GAP);
        if (cell >= LEAST_NUMBERED_CELL) {
            canvas.drawString("error", margin + cells * cell + GAP, margin - GAP);
        }
        Graphics2D turned = (Graphics2D) canvas.create();
        int length = turned.getFontMetrics().stringWidth("true class");
        turned.translate(TITLE - GAP, margin + length);
        turned.rotate(-Math.PI / 2);
        turned.drawString("true class", 0, 0);
        turned.dispose();
    }

    /** The scale of shades, and what else has to be said. */
    private void scale() {
        int top = margin + cells * cell + 2 * GAP;
        int left = TITLE;
        canvas.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
        for (int percent : new int[] {0, 1, 5, 10, 25, 50, 100}) {
            canvas.setColor(shade(strength(percent / 100.0)));
            canvas.fillRect(left, top, 20, 14);
            canvas.setColor(Color.GRAY);
            canvas.drawRect(left, top, 20, 14);
            canvas.setColor(Color.BLACK);
            String text = percent + (percent == 100 ? " % of the images of the true class" : " %");
            canvas.drawString(text, left + 25, top + 12);
            left += 70;
        }
        String unnamed = namedEvery() * perCell == 1 ? "" : "; one class in " + namedEvery() * perCell + " is named";
        String note = perCell == 1
                ? "Classes that are confused stand together" + unnamed
                : "Each cell stands for " + perCell + " classes, in the order of their labels" + unnamed;
        canvas.drawString(note + ".", TITLE, top + 36);
    }

    /** Small shares must still show, and more so in cells of few pixels. */
    private double strength(double share) {
        return cell >= LEAST_NUMBERED_CELL ? Math.sqrt(share) : Math.cbrt(share);
    }

    /** From white to the darkest colour, lighter for each smaller strength also in grey. */
    private static Color shade(double strength) {
        float part = (float) strength;
        return new Color(
                1 - part * (1 - DARKEST.getRed() / 255f),
                1 - part * (1 - DARKEST.getGreen() / 255f),
                1 - part * (1 - DARKEST.getBlue() / 255f));
    }
}
