package dev.tandem.paper.picture;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.font.FontRenderContext;
import java.awt.font.LineBreakMeasurer;
import java.awt.font.TextAttribute;
import java.awt.font.TextLayout;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.text.AttributedString;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.XYChart;

/** A title, and below it panels, each with a line that tells what is seen in it. */
public final class ExperimentPicture {
    /** How wide it is, in pixels. */
    public static final int WIDTH = 900;

    private static final int MARGIN = 24;
    private static final int GAP = 10;
    private static final Font TITLE = new Font(Font.SANS_SERIF, Font.BOLD, 20);
    private static final Font SEEN = new Font(Font.SANS_SERIF, Font.PLAIN, 15);
    private static final Color INK = new Color(0x202020);

    /** Something with a height that is drawn at the origin. */
    private interface Block {
        int height();

        void paint(Graphics2D canvas);
    }

    private record Text(List<TextLayout> lines) implements Block {
        static Text of(String text, Font font) {
            AttributedString attributed = new AttributedString(text);
            attributed.addAttribute(TextAttribute.FONT, font);
            FontRenderContext context = new FontRenderContext(new AffineTransform(), true, true);
            LineBreakMeasurer measurer = new LineBreakMeasurer(attributed.getIterator(), context);
            List<TextLayout> lines = new ArrayList<>();
            while (measurer.getPosition() < text.length()) {
                lines.add(measurer.nextLayout(WIDTH - 2 * MARGIN));
            }
            return new Text(lines);
        }

        private static float height(TextLayout line) {
            return line.getAscent() + line.getDescent() + line.getLeading() + 2;
        }

        @Override
        public int height() {
            return GAP
                    + (int) Math.ceil(lines.stream().mapToDouble(Text::height).sum());
        }

        @Override
        public void paint(Graphics2D canvas) {
            canvas.setColor(INK);
            float y = 0;
            for (TextLayout line : lines) {
                line.draw(canvas, MARGIN, y + line.getAscent());
                y += height(line);
            }
        }
    }

    private record Panel(XYChart chart) implements Block {
        @Override
        public int height() {
            return chart.getHeight() + GAP;
        }

        @Override
        public void paint(Graphics2D canvas) {
            chart.paint(canvas, chart.getWidth(), chart.getHeight());
        }
    }

    private record Pair(XYChart left, XYChart right) implements Block {
        @Override
        public int height() {
            return Math.max(left.getHeight(), right.getHeight()) + GAP;
        }

        @Override
        public void paint(Graphics2D canvas) {
            left.paint(canvas, left.getWidth(), left.getHeight());
            canvas.translate(left.getWidth(), 0);
            right.paint(canvas, right.getWidth(), right.getHeight());
        }
    }

    private record Image(BufferedImage image) implements Block {
        @Override
        public int height() {
            return image.getHeight() + GAP;
        }

        @Override
        public void paint(Graphics2D canvas) {
            canvas.drawImage(image, (WIDTH - image.getWidth()) / 2, 0, null);
        }
    }

    private final List<Block> blocks = new ArrayList<>();

    /** An empty picture. */
    public ExperimentPicture(String title) {
        blocks.add(Text.of(title, TITLE));
    }

    /** Adds a chart, and what is seen in it. */
    public ExperimentPicture add(XYChart chart, String seen) {
        blocks.add(new Panel(chart));
        return add(seen);
    }

    /** Adds two charts side by side, each half as wide, and what is seen in them. */
    public ExperimentPicture add(XYChart left, XYChart right, String seen) {
        blocks.add(new Pair(left, right));
        return add(seen);
    }

    /** Adds a picture of at most {@link #WIDTH}, and what is seen in it. */
    public ExperimentPicture add(BufferedImage image, String seen) {
        blocks.add(new Image(image));
        return add(seen);
    }

    /** Adds a paragraph. */
    public ExperimentPicture add(String text) {
        blocks.add(Text.of(text, SEEN));
        return this;
    }

    /** The whole picture. */
    public BufferedImage draw() {
        int height = 2 * MARGIN + blocks.stream().mapToInt(Block::height).sum();
        BufferedImage picture = new BufferedImage(WIDTH, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D canvas = picture.createGraphics();
        canvas.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        canvas.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        canvas.setColor(Color.WHITE);
        canvas.fillRect(0, 0, WIDTH, height);
        canvas.translate(0, MARGIN);
        for (Block block : blocks) {
            Graphics2D own = (Graphics2D) canvas.create();
            block.paint(own);
            own.dispose();
            canvas.translate(0, block.height());
        }
        canvas.dispose();
        return picture;
    }
}
