package dev.tandem.analysis.explain;

import dev.tandem.runtime.Prediction;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * An image and its likeliest classes as the paper's figure 4, left, shows them: below the image its class, then a bar a
 * class, as long as its probability; that of the image's own class has another colour.
 */
public final class LikeliestClasses {
    /** Both can be told apart by the colour-blind (Okabe and Ito, 2008), and black can be read on them. */
    private static final Color OTHER = new Color(0x8fc8ee);

    private static final Color OWN = new Color(0xf0a030);
    private static final int BAR = 22;
    private static final int GAP = 4;
    private static final int NOTE = 24;

    private LikeliestClasses() {}

    /**
     * Draws an image with its classes.
     *
     * @param seen the pixels that the net saw
     * @param classes the likeliest first
     * @param own the name of the class that the image is of; null if that is not known
     * @param words what people read for the name of a class
     */
    public static BufferedImage draw(
            BufferedImage seen, List<Prediction> classes, @Nullable String own, UnaryOperator<String> words) {
        int side = HeatmapPicture.SIDE;
        int left = HeatmapPicture.MARGIN;
        int top = HeatmapPicture.TITLE + HeatmapPicture.MARGIN;
        int bars = top + side + 28;
        Canvas canvas = new Canvas(side + 2 * left, bars + classes.size() * (BAR + GAP) + NOTE);
        canvas.paragraph(
                "What the net saw, and its likeliest classes",
                Canvas.BOLD,
                left,
                left / 2,
                side,
                HeatmapPicture.TITLE_LINES);
        canvas.photograph(seen, left, top, side, side);
        canvas.centred(own == null ? "" : words.apply(own), Canvas.BOLD, left, top + side + 5, side);
        int y = bars;
        for (Prediction each : classes) {
            boolean isOwn = each.name().equals(own);
            canvas.fill(isOwn ? OWN : OTHER, left, y, (int) Math.round(side * each.probability()), BAR);
            canvas.frame(Color.LIGHT_GRAY, left, y, side, BAR);
            String share = String.format(Locale.ROOT, "%.1f %%", 100 * each.probability());
            int width = canvas.width(share, Canvas.PLAIN);
            canvas.line(
                    words.apply(each.name()), isOwn ? Canvas.BOLD : Canvas.PLAIN, left + 5, y + 3, side - width - 20);
            canvas.toTheLeftOf(share, Canvas.PLAIN, left + side - 5, y + 3);
            y += BAR + GAP;
        }
        if (own != null) {
            canvas.line("Orange: the class that the image's folder is called after", Canvas.SMALL, left, y, side);
        }
        return canvas.finished();
    }
}
