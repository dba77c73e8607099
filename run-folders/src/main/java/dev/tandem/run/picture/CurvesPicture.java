package dev.tandem.run.picture;

import dev.tandem.nn.train.EpochRecord;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Training loss, and below it the validation errors, against epochs. */
public final class CurvesPicture {
    private static final int WIDTH = 900;
    private static final int PANEL_HEIGHT = 420;
    private static final int LABELS_APART = 80;
    private static final double UNEQUAL = 1e-3;
    /** On an axis from 0 to 0.1 labels have two decimals. */
    private static final double SHORTEST_AXIS = 0.1;

    private static final Color BLUE = new Color(0x1f77b4);
    private static final Color ORANGE = new Color(0xd95f02);

    private CurvesPicture() {}

    /** Draws the finished epochs of a run by {@code recipe}; the lower panel only if any was validated. */
    public static BufferedImage draw(String recipe, List<EpochRecord> history) {
        List<EpochRecord> validated =
                history.stream().filter(epoch -> epoch.top1Error() != null).toList();
        List<EpochRecord> withTop5 =
                validated.stream().filter(epoch -> epoch.top5Error() != null).toList();
        List<XYChart> panels = new ArrayList<>();
        XYChart loss =
                panel("Recipe " + recipe + ": training", "cross-entropy", most(history, EpochRecord::trainingLoss));
        line(loss, "training loss", history, EpochRecord::trainingLoss, BLUE);
        panels.add(loss);
        if (!validated.isEmpty()) {
            XYChart errors = panel(
                    "Validation, centre crop",
                    "error, %",
                    Math.max(1, most(validated, epoch -> 100 * epoch.top1Error())));
            line(errors, "top-1 error", validated, epoch -> 100 * epoch.top1Error(), BLUE);
            line(errors, "top-5 error", withTop5, epoch -> 100 * epoch.top5Error(), ORANGE);
            panels.add(errors);
        }
        BufferedImage picture = new BufferedImage(WIDTH, panels.size() * PANEL_HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D canvas = picture.createGraphics();
        for (XYChart panel : panels) {
            panel.paint(canvas, WIDTH, PANEL_HEIGHT);
            canvas.translate(0, PANEL_HEIGHT);
        }
        canvas.dispose();
        return picture;
    }

    private static double most(List<EpochRecord> history, ToDoubleFunction<EpochRecord> value) {
        return history.stream().mapToDouble(value).max().orElse(1);
    }

    /**
     * The end of an axis from 0 that holds {@code most}: 1, 2, 3, 4, 5, 6 or 8 times a power of ten, so that labels
     * are short.
     */
    static double axisEnd(double most) {
        double power = Math.pow(10, Math.floor(Math.log10(Math.max(SHORTEST_AXIS, most))));
        return DoubleStream.of(1, 2, 3, 4, 5, 6, 8, 10)
                .map(factor -> factor * power)
                .filter(end -> end >= most)
                .findFirst()
                .orElse(most);
    }

    private static XYChart panel(String title, String axis, double most) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(PANEL_HEIGHT)
                .title(title)
                .xAxisTitle("epoch")
                .yAxisTitle(axis)
                .build();
        chart.getStyler()
                .setChartBackgroundColor(Color.WHITE)
                .setPlotBorderVisible(false)
                .setLegendPosition(LegendPosition.OutsideS)
                .setLegendLayout(LegendLayout.Horizontal)
                .setLegendBorderColor(Color.WHITE)
                .setChartTitleBoxVisible(false);
        chart.getStyler()
                .setYAxisMin(0.0)
                .setYAxisMax(axisEnd(most))
                .setYAxisDecimalPattern("0.##")
                .setXAxisMin(0.0)
                .setXAxisDecimalPattern("#")
                .setXAxisTickMarkSpacingHint(LABELS_APART);
        return chart;
    }

    private static void line(
            XYChart chart, String name, List<EpochRecord> history, ToDoubleFunction<EpochRecord> value, Color colour) {
        if (history.isEmpty()) {
            return;
        }
        double[] epochs = history.stream().mapToDouble(EpochRecord::epoch).toArray();
        // XChart crams a label under every second or third of many values at equal distances, whatever its hint says.
        epochs[0] += UNEQUAL;
        double[] values = history.stream().mapToDouble(value).toArray();
        XYSeries series = chart.addSeries(name, epochs, values);
        series.setLineColor(colour).setLineStyle(new BasicStroke(2));
        series.setMarkerColor(colour);
        series.setMarker(history.size() == 1 ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
    }
}
