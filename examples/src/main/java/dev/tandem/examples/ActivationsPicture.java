package dev.tandem.examples;

import dev.tandem.examples.Activations.Observations;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Training error, gradients by layer, and saturated and dead units of each activation function, in three panels. */
final class ActivationsPicture {
    private static final int WIDTH = 900;
    private static final int PANEL_HEIGHT = 380;
    private static final double LEAST_NORM = 1e-12;

    private ActivationsPicture() {}

    static void write(Map<String, Observations> seen, Path file) throws IOException {
        BufferedImage picture = new BufferedImage(WIDTH, 3 * PANEL_HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D canvas = picture.createGraphics();
        errors(seen).paint(canvas, WIDTH, PANEL_HEIGHT);
        canvas.translate(0, PANEL_HEIGHT);
        bars(
                        seen,
                        "Length of the gradient with respect to each layer's weights, at the start",
                        "log10",
                        one -> one.gradients(),
                        norm -> Math.log10(Math.max(norm, LEAST_NORM)))
                .paint(canvas, WIDTH, PANEL_HEIGHT);
        canvas.translate(0, PANEL_HEIGHT);
        bars(
                        seen,
                        "Dead (ReLU) or saturated (tanh, sigmoid) after training",
                        "%",
                        Observations::health,
                        health -> 100 * Math.max(health.deadShare(), health.saturatedShare()))
                .paint(canvas, WIDTH, PANEL_HEIGHT);
        canvas.dispose();
        ImageIO.write(picture, "png", file.toFile());
    }

    private static XYChart errors(Map<String, Observations> seen) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(PANEL_HEIGHT)
                .title("Training error")
                .xAxisTitle("epoch")
                .yAxisTitle("%")
                .build();
        style(chart.getStyler());
        chart.getStyler().setYAxisMin(0.0);
        seen.forEach((name, one) -> {
            double[] epochs = IntStream.rangeClosed(1, one.trainingErrors().size())
                    .mapToDouble(epoch -> epoch)
                    .toArray();
            double[] values = one.trainingErrors().stream()
                    .mapToDouble(error -> 100 * error)
                    .toArray();
            chart.addSeries(name, epochs, values).setMarker(SeriesMarkers.NONE);
        });
        return chart;
    }

    private static <T> CategoryChart bars(
            Map<String, Observations> seen,
            String title,
            String axis,
            Function<Observations, Map<String, T>> values,
            ToDoubleFunction<T> height) {
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(PANEL_HEIGHT)
                .title(title)
                .xAxisTitle("layer")
                .yAxisTitle(axis)
                .build();
        style(chart.getStyler());
        seen.forEach((name, one) -> {
            List<String> layers = new ArrayList<>(values.apply(one).keySet());
            List<Double> heights = layers.stream()
                    .map(layer -> height.applyAsDouble(values.apply(one).get(layer)))
                    .toList();
            chart.addSeries(name, layers, heights);
        });
        return chart;
    }

    private static void style(Styler styler) {
        styler.setChartBackgroundColor(Color.WHITE)
                .setPlotBorderVisible(false)
                .setLegendPosition(LegendPosition.OutsideS)
                .setLegendLayout(LegendLayout.Horizontal)
                .setLegendBorderColor(Color.WHITE);
        styler.setChartTitleBoxVisible(false);
    }
}
