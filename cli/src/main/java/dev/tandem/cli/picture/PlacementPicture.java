package dev.tandem.cli.picture;

import dev.tandem.placement.Axis;
import dev.tandem.placement.DeviceForecast;
import dev.tandem.placement.Forecast;
import dev.tandem.placement.LayerForecast;
import dev.tandem.placement.LayerForecast.Shard;
import dev.tandem.spi.Shape;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A placed network in the manner of the paper's figure 2: a row of boxes for each device, the layers from left to
 * right, arrows where data crosses.
 */
public final class PlacementPicture {
    private static final Color INK = new Color(0x222222);
    static final Color FAINT = new Color(0x777777);
    static final Color ARROW = new Color(0xb2182b);
    private static final Color WEIGHTS = new Color(0x6a3d9a);
    private static final Map<Axis, Color> FILL = Map.of(
            Axis.CHANNEL, new Color(0xcfe3f5),
            Axis.BATCH, new Color(0xfbe3c0),
            Axis.NONE, new Color(0xe3e3e3));
    private static final Map<Axis, String> LEGEND = Map.of(
            Axis.CHANNEL, "divided by channel",
            Axis.BATCH, "divided by image",
            Axis.NONE, "whole, on one device");

    private final Forecast forecast;
    private final PlacementLayout layout;
    private Graphics2D canvas;

    private PlacementPicture(Forecast forecast) {
        this.forecast = forecast;
        this.layout = new PlacementLayout(forecast);
    }

    /**
     * Draws {@code forecast}.
     *
     * @param title what is drawn, in a line
     */
    public static BufferedImage draw(String title, Forecast forecast) {
        PlacementPicture picture = new PlacementPicture(forecast);
        BufferedImage image = new BufferedImage(
                picture.layout.wholeWidth(), picture.layout.wholeHeight(), BufferedImage.TYPE_INT_RGB);
        picture.canvas = image.createGraphics();
        picture.paint(title, image.getHeight());
        picture.canvas.dispose();
        return image;
    }

    private void paint(String title, int height) {
        canvas.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        canvas.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        canvas.setColor(Color.WHITE);
        canvas.fillRect(0, 0, layout.wholeWidth(), height);
        text(title, PlacementLayout.MARGIN, 30, 17, true, INK);
        legend();
        for (int device = 0; device < forecast.devices().size(); device++) {
            device(device);
        }
        PlacementArrows arrows = new PlacementArrows(forecast, layout, canvas);
        arrows.lanes();
        for (int i = 0; i < forecast.layers().size(); i++) {
            LayerForecast layer = forecast.layers().get(i);
            for (int device = 0; device < layer.shards().size(); device++) {
                box(i, layer, device);
                arrows.crossings(i, device);
            }
        }
        for (int i = 0; i < forecast.layers().size(); i++) {
            LayerForecast layer = forecast.layers().get(i);
            for (int device = 0; device < layer.shards().size(); device++) {
                crossings(i, layer.shards().get(device), device);
            }
            foot(i, layer);
        }
        text("forward, all devices", PlacementLayout.MARGIN, top(rows()) + 14, 12, false, ARROW);
        text("backward, all devices", PlacementLayout.MARGIN, top(rows()) + 32, 12, false, ARROW);
        text(
                String.format(
                        Locale.ROOT,
                        "Bytes for one training step. %,d bytes cross between devices in all.",
                        forecast.crossedBytes()),
                PlacementLayout.MARGIN,
                top(rows()) + 62,
                13,
                false,
                INK);
    }

    private int rows() {
        return forecast.devices().size();
    }

    private int top(int device) {
        return layout.top(device);
    }

    private void legend() {
        int x = PlacementLayout.MARGIN;
        for (Axis axis : List.of(Axis.CHANNEL, Axis.BATCH, Axis.NONE)) {
            if (forecast.layers().stream().anyMatch(layer -> layer.axis() == axis)) {
                canvas.setColor(FILL.get(axis));
                canvas.fillRect(x, 44, 26, 16);
                canvas.setColor(FAINT);
                canvas.drawRect(x, 44, 26, 16);
                x = 24 + text(LEGEND.get(axis), x + 34, 57, 13, false, INK);
            }
        }
        if (forecast.layers().stream().anyMatch(layer -> layer.received().gathered() > 0)) {
            x = 24 + text("\u2192 input from other devices; its gradient goes back", x, 57, 13, false, ARROW);
        }
        if (forecast.layers().stream().anyMatch(layer -> layer.received().weights() > 0)) {
            text("\u2193 weights from where they lie, \u2191 their gradients to there", x, 57, 13, false, WEIGHTS);
        }
    }

    private void device(int device) {
        DeviceForecast share = forecast.devices().get(device);
        int y = top(device);
        text("device " + device, PlacementLayout.MARGIN, y + 14, 14, true, INK);
        List<String> lines = List.of(
                PlacementReport.bytes(share.parameterBytes()) + " parameters",
                PlacementReport.bytes(share.momentumBytes()) + " momentum",
                PlacementReport.bytes(share.activationBytes()) + " activations",
                PlacementReport.bytes(PlacementReport.gradientBytes(share)) + " gradients",
                String.format(Locale.ROOT, "%.3g", share.multiplyAdds() / 1e9) + " G multiply-adds",
                PlacementReport.bytes(share.receivedBytes()) + " received");
        for (int i = 0; i < lines.size(); i++) {
            text(lines.get(i), PlacementLayout.MARGIN, y + 33 + 16 * i, 12, false, INK);
        }
    }

    private void box(int i, LayerForecast layer, int device) {
        Shard part = layer.shards().get(device);
        int x = layout.left(i);
        int y = top(device);
        if (part.output() == null) {
            canvas.setColor(new Color(0xcccccc));
            canvas.setStroke(
                    new BasicStroke(1, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 1, new float[] {3, 4}, 0));
            canvas.drawRect(x, y, layout.width(i), PlacementLayout.BOX_HEIGHT);
            return;
        }
        canvas.setStroke(new BasicStroke(1));
        canvas.setColor(FILL.get(layer.axis()));
        canvas.fillRect(x, y, layout.width(i), PlacementLayout.BOX_HEIGHT);
        canvas.setColor(FAINT);
        canvas.drawRect(x, y, layout.width(i), PlacementLayout.BOX_HEIGHT);
        if (layer.parameters().isEmpty()) {
            Graphics2D upright = canvas;
            canvas = (Graphics2D) upright.create();
            canvas.translate(x + 16, y + PlacementLayout.BOX_HEIGHT - 6);
            canvas.rotate(-Math.PI / 2);
            canvas.setFont(font(11, true));
            boolean fits = canvas.getFontMetrics().stringWidth(layer.name()) < PlacementLayout.BOX_HEIGHT - 10;
            int end = text(layer.name(), 0, 0, fits ? 11 : 9, true, INK);
            canvas.setFont(font(10, false));
            if (end + 6 + canvas.getFontMetrics().stringWidth(size(part.output())) < PlacementLayout.BOX_HEIGHT) {
                text(size(part.output()), end + 6, 0, 10, false, FAINT);
            }
            canvas.dispose();
            canvas = upright;
            return;
        }
        text(layer.name(), x + 6, y + 17, 13, true, INK);
        boolean isOutput = i == 0 || layout.isLayer(layer.inputs().get(0));
        String what = isOutput ? " images" : " of " + layer.inputs().get(0);
        text("sees " + part.inputs().get(0).dim(0) + what, x + 6, y + 34, 10, false, FAINT);
        text(size(part.inputs().get(0)), x + 6, y + 47, 11, false, INK);
        // Not the biases of a layer that has weights.
        int rank = layer.parameters().stream().mapToInt(Shape::rank).max().orElseThrow();
        Optional<Shape> weights =
                part.parameters().stream().filter(shape -> shape.rank() == rank).findFirst();
        text(weights.isEmpty() ? "weights copied" : "weights", x + 6, y + 62, 10, false, FAINT);
        weights.ifPresent(shape -> text(shape.toString(), x + 6, y + 75, 11, false, INK));
        text("output", x + 6, y + 90, 10, false, FAINT);
        text(size(part.output()), x + 6, y + 103, 11, false, INK);
    }

    /** A shape without its batch, which the boxes have no room for. */
    private static String size(Shape shape) {
        return shape.rank() < 2 ? "" : shape.withoutBatch().toString();
    }

    private void crossings(int i, Shard part, int device) {
        LayerForecast.Received received = part.received();
        if (received.gathered() > 0) {
            backed(
                    PlacementReport.bytes(received.gathered()),
                    layout.left(i) - PlacementLayout.CROSSING_GAP,
                    top(device) - 6,
                    ARROW);
        }
        // The other devices copy the weights that lie on a device, and send it their gradients.
        if (received.weights() > 0) {
            backed("\u2193 " + PlacementReport.bytes(received.weights()), layout.left(i) + 4, top(device) - 6, WEIGHTS);
        }
        if (received.reduced() > 0) {
            String bytes = "\u2191 " + PlacementReport.bytes(received.reduced());
            backed(bytes, layout.left(i) + 4, top(device) + PlacementLayout.BOX_HEIGHT + 16, WEIGHTS);
        }
    }

    /** Writes on white, so that arrows do not run through it. */
    private void backed(String text, int x, int baseline, Color colour) {
        canvas.setFont(font(11, true));
        canvas.setColor(Color.WHITE);
        canvas.fillRect(x - 2, baseline - 11, canvas.getFontMetrics().stringWidth(text) + 4, 14);
        text(text, x, baseline, 11, true, colour);
    }

    private void foot(int i, LayerForecast layer) {
        var received = layer.received();
        long forward = received.gathered() + received.weights();
        long backward = received.reduced() + received.scattered();
        int right = layout.right(i);
        if (forward > 0) {
            right(PlacementReport.bytes(forward), right, top(rows()) + 14);
        }
        if (backward > 0) {
            right(PlacementReport.bytes(backward), right, top(rows()) + 32);
        }
    }

    private void right(String text, int right, int baseline) {
        canvas.setFont(font(11, false));
        text(text, right - canvas.getFontMetrics().stringWidth(text), baseline, 11, false, ARROW);
    }

    private static Font font(int size, boolean bold) {
        return new Font(Font.SANS_SERIF, bold ? Font.BOLD : Font.PLAIN, size);
    }

    /** Writes a line; returns where it ends. */
    private int text(String text, int x, int baseline, int size, boolean bold, Color colour) {
        canvas.setFont(font(size, bold));
        canvas.setColor(colour);
        canvas.drawString(text, x, baseline);
        return x + canvas.getFontMetrics().stringWidth(text);
    }
}
