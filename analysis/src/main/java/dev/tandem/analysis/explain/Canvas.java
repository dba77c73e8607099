package dev.tandem.analysis.explain;

import dev.tandem.imagenet.layout.EscapedText;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/** A white picture with text, images and rectangles. Lengths are pixels. */
final class Canvas {
    static final Font PLAIN = new Font(Font.SANS_SERIF, Font.PLAIN, 13);
    static final Font BOLD = new Font(Font.SANS_SERIF, Font.BOLD, 14);
    static final Font LARGE = new Font(Font.SANS_SERIF, Font.BOLD, 17);
    static final Font SMALL = new Font(Font.SANS_SERIF, Font.PLAIN, 11);

    private static final String CUT = "...";

    private final BufferedImage image;
    private final Graphics2D graphics;

    Canvas(int width, int height) {
        image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        graphics = image.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, width, height);
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    }

    /** The picture, to which nothing is added any more. */
    BufferedImage finished() {
        graphics.dispose();
        return image;
    }

    void fill(Color colour, int x, int y, int width, int height) {
        graphics.setColor(colour);
        graphics.fillRect(x, y, width, height);
    }

    void frame(Color colour, int x, int y, int width, int height) {
        graphics.setColor(colour);
        graphics.drawRect(x, y, width - 1, height - 1);
    }

    /** Another picture, in its size. */
    void picture(BufferedImage other, int x, int y) {
        graphics.drawImage(other, x, y, null);
    }

    /** A photograph in another size, smoothly. */
    void photograph(BufferedImage photograph, int x, int y, int width, int height) {
        graphics.drawImage(photograph, x, y, width, height, null);
    }

    /** A line of text whose upper edge is at {@code y}, cut if it is wider than {@code width}. */
    void line(String text, Font font, int x, int y, int width) {
        graphics.setFont(font);
        graphics.setColor(Color.BLACK);
        graphics.drawString(cut(text, width), x, y + graphics.getFontMetrics().getAscent());
    }

    /** As {@link #line}, in the middle of {@code width}. */
    void centred(String text, Font font, int x, int y, int width) {
        String shown = cut(text, font, width);
        line(shown, font, x + (width - width(shown, font)) / 2, y, width);
    }

    /** As {@link #line}, ending at {@code x}. */
    void toTheLeftOf(String text, Font font, int x, int y) {
        line(text, font, x - width(text, font), y, Integer.MAX_VALUE);
    }

    private String cut(String text, Font font, int width) {
        graphics.setFont(font);
        return cut(text, width);
    }

    private String cut(String text, int width) {
        String visible = EscapedText.visible(text);
        FontMetrics metrics = graphics.getFontMetrics();
        if (metrics.stringWidth(visible) <= width) {
            return visible;
        }
        int length = visible.length();
        while (length > 0 && metrics.stringWidth(visible.substring(0, length) + CUT) > width) {
            length = visible.offsetByCodePoints(length, -1);
        }
        return visible.substring(0, length) + CUT;
    }

    int width(String text, Font font) {
        return graphics.getFontMetrics(font).stringWidth(EscapedText.visible(text));
    }

    /** Text in {@code most} lines or fewer of {@code width} from {@code y} on; what is too long is cut. */
    void paragraph(String text, Font font, int x, int y, int width, int most) {
        List<String> lines = lines(text, font, width);
        for (int i = 0; i < Math.min(most, lines.size()); i++) {
            boolean isCut = i == most - 1 && lines.size() > most;
            String shown = isCut ? String.join(" ", lines.subList(i, lines.size())) : lines.get(i);
            line(shown, font, x, y + i * height(font), width);
        }
    }

    private List<String> lines(String text, Font font, int width) {
        List<String> lines = new ArrayList<>();
        String line = "";
        for (String word : text.split(" ")) {
            String longer = line.isEmpty() ? word : line + " " + word;
            if (!line.isEmpty() && width(longer, font) > width) {
                lines.add(line);
                line = word;
            } else {
                line = longer;
            }
        }
        lines.add(line);
        return lines;
    }

    /** The height of a line. */
    int height(Font font) {
        return graphics.getFontMetrics(font).getHeight();
    }
}
