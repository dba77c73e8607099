package dev.tandem.examples.run;

import dev.tandem.nn.train.EpochRecord;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Training loss, and below it the validation errors, against epochs. */
final class CurvesPicture {
    private static final int WIDTH = 900;
    private static final int PANEL_HEIGHT = 420;
    private static final Color BLUE = new Color(0x1f77b4);
    private static final Color ORANGE = new Color(0xd95f02);

    private CurvesPicture() {}

    /** Draws the finished epochs of a run by {@code recipe}. */
    static BufferedImage draw(String recipe, List<EpochRecord> history) {
        XYChart loss = panel("Recipe " + recipe + ": training", "cross-entropy");
        line(loss, "training loss", history, EpochRecord::trainingLoss, BLUE);
        XYChart errors = panel("Validation, centre crop", "error, %");
        List<EpochRecord> validated =
                history.stream().filter(epoch -> epoch.top1Error() != null).toList();
        line(errors, "top-1 error", validated, epoch -> 100 * epoch.top1Error(), BLUE);
        List<EpochRecord> withTop5 =
                validated.stream().filter(epoch -> epoch.top5Error() != null).toList();
        line(errors, "top-5 error", withTop5, epoch -> 100 * epoch.top5Error(), ORANGE);

        BufferedImage picture = new BufferedImage(WIDTH, 2 * PANEL_HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D canvas = picture.createGraphics();
        loss.paint(canvas, WIDTH, PANEL_HEIGHT);
        canvas.translate(0, PANEL_HEIGHT);
        errors.paint(canvas, WIDTH, PANEL_HEIGHT);
        canvas.dispose();
        return picture;
    }

    private static XYChart panel(String title, String axis) {
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
        chart.getStyler().setYAxisMin(0.0).setXAxisMin(0.0).setXAxisDecimalPattern("#");
        return chart;
    }

    private static void line(
            XYChart chart, String name, List<EpochRecord> history, ToDoubleFunction<EpochRecord> value, Color colour) {
        if (history.isEmpty()) {
            return;
        }
        double[] epochs = history.stream().mapToDouble(EpochRecord::epoch).toArray();
        double[] values = history.stream().mapToDouble(value).toArray();
        XYSeries series = chart.addSeries(name, epochs, values);
        series.setLineColor(colour).setLineStyle(new BasicStroke(2));
        series.setMarkerColor(colour);
        series.setMarker(history.size() == 1 ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
    }
}
