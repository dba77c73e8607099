package dev.tandem.analysis.explain;

import dev.tandem.runtime.Prediction;
import java.awt.image.BufferedImage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a net sees in one image.
 *
 * @param seen the pixels that the net saw: the centre crop
 * @param classes the likeliest classes, the likeliest first
 * @param own the name of the class that the image is of; null if that is not known
 * @param explained the class that the maps are of
 * @param layer the layer whose maps Grad-CAM weighs
 * @param gradCam where the evidence for the class lies
 * @param occlusion the square that was hidden
 * @param hidden the probability of the class while the square hides a place
 */
public record Explanation(
        BufferedImage seen,
        List<Prediction> classes,
        @Nullable String own,
        Prediction explained,
        String layer,
        Heatmap gradCam,
        OcclusionMap occlusion,
        Heatmap hidden) {
    private static final int HEADER = 56;

    public Explanation {
        classes = List.copyOf(classes);
    }

    /**
     * The pictures, by name: {@code overview}, which has the others side by side, {@code classes}, {@code grad-cam} and
     * {@code occlusion}.
     *
     * @param title what the overview is called, such as the image's file
     * @param words what people read for the name of a class
     */
    public Map<String, BufferedImage> pictures(String title, UnaryOperator<String> words) {
        Map<String, BufferedImage> parts = new LinkedHashMap<>();
        parts.put("classes", LikeliestClasses.draw(seen, classes, own, words));
        parts.put("grad-cam", HeatmapPicture.draw(seen, gradCam, gradCamLegend(words)));
        parts.put("occlusion", HeatmapPicture.draw(seen, hidden, occlusionLegend(words)));
        Map<String, BufferedImage> all = new LinkedHashMap<>();
        all.put("overview", overview(title, List.copyOf(parts.values())));
        all.putAll(parts);
        return all;
    }

    private BufferedImage overview(String title, List<BufferedImage> parts) {
        int width = parts.stream().mapToInt(BufferedImage::getWidth).sum();
        int height = parts.stream().mapToInt(BufferedImage::getHeight).max().orElse(0);
        Canvas canvas = new Canvas(width, HEADER + height);
        int left = HeatmapPicture.MARGIN;
        canvas.line(title, Canvas.LARGE, left, 10, width - 2 * left);
        canvas.line(
                String.format(
                        Locale.ROOT,
                        "All three show what the net saw: the centre crop, %d x %d pixels",
                        seen.getWidth(),
                        seen.getHeight()),
                Canvas.SMALL,
                left,
                34,
                width - 2 * left);
        int x = 0;
        for (BufferedImage part : parts) {
            canvas.picture(part, x, HEADER);
            x += part.getWidth();
        }
        return canvas.finished();
    }

    private HeatmapPicture.Legend gradCamLegend(UnaryOperator<String> words) {
        boolean isNone = gradCam.greatest().value() == 0;
        return new HeatmapPicture.Legend(
                "Grad-CAM: where the evidence for \"" + words.apply(explained.name()) + "\" lies",
                isNone ? "none anywhere" : "none",
                "most",
                "The maps of " + layer + ", each weighted by how much the score of the class grows with it. Over the"
                        + " centre crop.",
                false);
    }

    private HeatmapPicture.Legend occlusionLegend(UnaryOperator<String> words) {
        return new HeatmapPicture.Legend(
                "Occlusion: what \"" + words.apply(explained.name()) + "\" is recognised by",
                percent(hidden.greatest().value()),
                percent(hidden.least().value()),
                String.format(
                        Locale.ROOT,
                        "The probability of the class while a square of %d x %d pixels around a place is hidden: where it"
                                + " is least, the class hangs on that place. With nothing hidden: %s. Over the centre"
                                + " crop.",
                        occlusion.window(),
                        occlusion.window(),
                        percent(explained.probability())),
                true);
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }
}
