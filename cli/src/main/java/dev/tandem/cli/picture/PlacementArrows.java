package dev.tandem.cli.picture;

import dev.tandem.cli.picture.PlacementLayout.Lane;
import dev.tandem.placement.Forecast;
import dev.tandem.placement.LayerForecast;
import dev.tandem.placement.LayerForecast.Source;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Line2D;
import java.util.List;
import java.util.Optional;

/** The arrows of a {@link PlacementPicture}: between devices, and past layers on one device. */
final class PlacementArrows {
    private final Forecast forecast;
    private final PlacementLayout layout;
    private final Graphics2D canvas;

    PlacementArrows(Forecast forecast, PlacementLayout layout, Graphics2D canvas) {
        this.forecast = forecast;
        this.layout = layout;
        this.canvas = canvas;
    }

    /** What {@code device} gets of other devices for layer {@code i}. */
    void crossings(int i, int device) {
        int rows = forecast.devices().size();
        for (Source source : forecast.layers().get(i).shards().get(device).sources()) {
            int aim = layout.top(device)
                    + PlacementLayout.BOX_HEIGHT / 2
                    + 8 * (source.device() - device) / Math.max(1, rows - 1);
            int from = layout.column(source.layer());
            Optional<Lane> lane = lane(from, i);
            if (lane.isPresent()) {
                int y = layout.lane(source.device(), lane.get());
                way(
                        PlacementPicture.ARROW,
                        start(from),
                        bottom(source.device()),
                        y,
                        layout.left(i) - 8,
                        aim,
                        layout.left(i) - 1);
            } else {
                arrow(
                        PlacementPicture.ARROW,
                        layout.right(from),
                        layout.top(source.device()) + PlacementLayout.BOX_HEIGHT / 2,
                        layout.left(i) - 1,
                        aim);
            }
        }
    }

    /** The ways of what stays on its device, from layers that are not the one before. */
    void lanes() {
        List<LayerForecast> layers = forecast.layers();
        for (Lane lane : layout.lanes()) {
            for (int device = 0; device < forecast.devices().size(); device++) {
                if (layers.get(lane.from()).shards().get(device).output() != null
                        && layers.get(lane.to()).shards().get(device).output() != null) {
                    int end = layout.left(lane.to()) + 5;
                    way(
                            PlacementPicture.FAINT,
                            start(lane.from()),
                            bottom(device),
                            layout.lane(device, lane),
                            end,
                            bottom(device),
                            end);
                }
            }
        }
    }

    private Optional<Lane> lane(int from, int to) {
        return layout.lanes().stream()
                .filter(lane -> lane.from() == from && lane.to() == to)
                .findFirst();
    }

    private int start(int column) {
        return layout.right(column) - 5;
    }

    private int bottom(int device) {
        return layout.top(device) + PlacementLayout.BOX_HEIGHT + 1;
    }

    /** A line down from a box, along a lane, and up or down again to where it ends in an arrow. */
    private void way(Color colour, int x1, int y1, int lane, int x2, int y2, int end) {
        canvas.setColor(colour);
        canvas.setStroke(new BasicStroke(1.4f));
        canvas.drawLine(x1, y1, x1, lane);
        canvas.drawLine(x1, lane, x2, lane);
        canvas.drawLine(x2, lane, x2, y2);
        arrow(colour, x2, end == x2 ? lane : y2, end, y2);
    }

    private void arrow(Color colour, int x1, int y1, int x2, int y2) {
        canvas.setColor(colour);
        canvas.setStroke(new BasicStroke(1.4f));
        canvas.draw(new Line2D.Double(x1, y1, x2, y2));
        double angle = Math.atan2((double) y2 - y1, (double) x2 - x1);
        for (double side : new double[] {-0.4, 0.4}) {
            canvas.draw(new Line2D.Double(x2, y2, x2 - 8 * Math.cos(angle + side), y2 - 8 * Math.sin(angle + side)));
        }
    }
}
