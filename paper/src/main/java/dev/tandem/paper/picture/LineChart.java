package dev.tandem.paper.picture;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Curves over one axis, as wide as an {@link ExperimentPicture}. */
public final class LineChart {
    private static final int LABELS_APART = 80;
    private static final int MARKER = 9;
    /** XChart crams a label under every second or third of many values at equal distances, whatever its hint says. */
    private static final double UNEQUAL = 1e-6;

    private static final Font TITLE = new Font(Font.SANS_SERIF, Font.BOLD, 16);
    private static final Font AXIS = new Font(Font.SANS_SERIF, Font.PLAIN, 15);
    private static final Font LABEL = new Font(Font.SANS_SERIF, Font.PLAIN, 14);

    private final XYChart chart;

    /** Axes without a curve, over the whole width of an {@link ExperimentPicture}. */
    public LineChart(int height, String title, String x, String y) {
        this(ExperimentPicture.WIDTH, height, title, x, y);
    }

    /**
     * Axes without a curve.
     *
     * @param width in pixels
     * @param height in pixels
     * @param title of the panel
     * @param x what the horizontal axis shows, with its unit
     * @param y what the vertical axis shows, with its unit
     */
    public LineChart(int width, int height, String title, String x, String y) {
        chart = new XYChartBuilder()
                .width(width)
                .height(height)
                .title(title)
                .xAxisTitle(x)
                .yAxisTitle(y)
                .build();
        chart.getStyler()
                .setChartBackgroundColor(Color.WHITE)
                .setPlotBorderVisible(false)
                .setLegendPosition(LegendPosition.OutsideS)
                .setLegendLayout(LegendLayout.Horizontal)
                .setLegendBorderColor(Color.WHITE)
                .setLegendSeriesLineLength(40)
                .setLegendFont(LABEL)
                .setChartTitleFont(TITLE)
                .setChartTitleBoxVisible(false)
                .setAntiAlias(true);
        chart.getStyler()
                .setAxisTitleFont(AXIS)
                .setAxisTickLabelsFont(LABEL)
                .setXAxisTickMarkSpacingHint(LABELS_APART)
                .setXAxisDecimalPattern("0.####")
                .setYAxisDecimalPattern("0.####");
    }

    /** The range of the horizontal axis. */
    public LineChart x(double from, double to) {
        chart.getStyler().setXAxisMin(from).setXAxisMax(to);
        return this;
    }

    /** The range of the vertical axis. */
    public LineChart y(double from, double to) {
        chart.getStyler().setYAxisMin(from).setYAxisMax(to);
        return this;
    }

    /** A vertical axis of powers of ten. */
    public LineChart logarithmic() {
        chart.getStyler().setYAxisLogarithmic(true).setYAxisDecimalPattern("0E0");
        return this;
    }

    /** Adds a curve. */
    public LineChart curve(String name, double[] x, double[] y, Palette style) {
        series(name, x, y, style, SeriesMarkers.NONE);
        return this;
    }

    /** Adds a curve with a mark at each value. */
    public LineChart marked(String name, double[] x, double[] y, Palette style) {
        series(name, x, y, style, marker(style));
        return this;
    }

    /** Adds marks without a line, which the legend does not name. */
    public LineChart marks(String name, double[] x, double[] y, Palette style) {
        XYSeries series = series(name, x, y, style, marker(style));
        series.setLineStyle(SeriesLines.NONE);
        series.setShowInLegend(false);
        return this;
    }

    /** Adds a thin closed line, which the legend does not name; where a value is NaN it has a gap. */
    public LineChart outline(String name, double[] x, double[] y) {
        XYSeries series = chart.addSeries(name, x, y);
        series.setLineColor(Palette.GREY.colour()).setLineStyle(new BasicStroke(0.8f));
        series.setMarker(SeriesMarkers.NONE).setShowInLegend(false);
        return this;
    }

    /** Adds a ring. */
    public LineChart goal(String name, double x, double y) {
        XYSeries series = chart.addSeries(name, new double[] {x}, new double[] {y});
        series.setLineStyle(SeriesLines.NONE);
        series.setMarker(new Ring()).setMarkerColor(Color.BLACK);
        return this;
    }

    private static Marker marker(Palette style) {
        return switch (style) {
            case BLUE -> SeriesMarkers.CIRCLE;
            case VERMILION -> SeriesMarkers.SQUARE;
            case GREEN -> SeriesMarkers.DIAMOND;
            default -> SeriesMarkers.TRIANGLE_UP;
        };
    }

    private XYSeries series(String name, double[] x, double[] y, Palette style, Marker marker) {
        double[] places = x.clone();
        if (places.length > 1) {
            places[0] += UNEQUAL * (places[places.length - 1] - places[0]);
        }
        XYSeries series = chart.addSeries(name, places, y);
        series.setLineColor(style.colour()).setLineStyle(style.stroke());
        series.setMarkerColor(style.colour()).setMarker(marker);
        chart.getStyler().setMarkerSize(MARKER);
        return series;
    }

    /** The chart. */
    public XYChart chart() {
        return chart;
    }
}
