package dev.tandem.cli.picture;

import dev.tandem.placement.Forecast;
import dev.tandem.placement.LayerForecast;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Where the parts of a {@link PlacementPicture} are, in pixels: a row for each device, a column for each layer. A layer
 * that takes the output of another than the one before is reached by a lane below the row.
 */
final class PlacementLayout {
    static final int MARGIN = 20;
    static final int BOX_HEIGHT = 126;
    static final int CROSSING_GAP = 46;
    private static final int LEAST_WIDTH = 1600;
    private static final int TITLE = 84;
    private static final int DEVICE_WIDTH = 150;
    private static final int ROW_GAP = 52;
    private static final int FOOT = 92;
    private static final int WEIGHTS_WIDTH = 92;
    private static final int PLAIN_WIDTH = 22;
    private static final int GAP = 10;
    private static final int LANE = 9;

    /** The way from one column to another that is not the next; below the row, the first lane uppermost. */
    record Lane(int from, int to, int number) {}

    private final int devices;
    private final Map<String, Integer> columns = new HashMap<>();
    private final int[] left;
    private final int[] width;
    private final int wholeWidth;
    private final List<Lane> lanes = new ArrayList<>();
    private final int deepest;

    PlacementLayout(Forecast forecast) {
        List<LayerForecast> layers = forecast.layers();
        devices = forecast.devices().size();
        width = widths(layers);
        left = new int[width.length];
        int[] gaps = layers.stream()
                .mapToInt(layer -> layer.received().gathered() > 0 ? CROSSING_GAP : GAP)
                .toArray();
        int natural = 2 * MARGIN
                + DEVICE_WIDTH
                + IntStream.of(width).sum()
                + IntStream.of(gaps).sum();
        wholeWidth = Math.max(LEAST_WIDTH, natural);
        int spare = (wholeWidth - natural) / layers.size();
        int x = MARGIN + DEVICE_WIDTH;
        for (int i = 0; i < left.length; i++) {
            columns.put(layers.get(i).name(), i);
            left[i] = x + gaps[i] + spare;
            x = left[i] + width[i];
            addLanes(layers.get(i), i);
        }
        deepest = lanes.stream().mapToInt(Lane::number).reduce(-1, Math::max);
    }

    private static int[] widths(List<LayerForecast> layers) {
        Graphics2D canvas = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB).createGraphics();
        canvas.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 13));
        int[] widths = layers.stream()
                .mapToInt(layer -> layer.parameters().isEmpty()
                        ? PLAIN_WIDTH
                        : Math.max(WEIGHTS_WIDTH, 12 + canvas.getFontMetrics().stringWidth(layer.name())))
                .toArray();
        canvas.dispose();
        return widths;
    }

    /** A lane for each input of a layer that comes from another than the layer before: the first that is free. */
    private void addLanes(LayerForecast layer, int column) {
        for (String input : layer.inputs()) {
            int from = columns.getOrDefault(input, column - 1);
            if (from < column - 1) {
                int number = 0;
                while (isTaken(number, from)) {
                    number++;
                }
                lanes.add(new Lane(from, column, number));
            }
        }
    }

    private boolean isTaken(int number, int from) {
        return lanes.stream().anyMatch(lane -> lane.number() == number && lane.to() > from);
    }

    List<Lane> lanes() {
        return lanes;
    }

    /** The height of a lane below the row of {@code device}. */
    int lane(int device, Lane lane) {
        return top(device) + BOX_HEIGHT + 24 + LANE * lane.number();
    }

    /** The column of a layer. */
    int column(String layer) {
        return columns.get(layer);
    }

    /** Whether {@code name} is a layer's, and not an input's of the network. */
    boolean isLayer(String name) {
        return columns.containsKey(name);
    }

    int left(int column) {
        return left[column];
    }

    int width(int column) {
        return width[column];
    }

    int right(int column) {
        return left[column] + width[column];
    }

    /** The top of the boxes of {@code device}; of the foot, if that is the number of devices. */
    int top(int device) {
        return TITLE + device * (BOX_HEIGHT + ROW_GAP + LANE * (deepest + 1)) + 20;
    }

    int wholeWidth() {
        return wholeWidth;
    }

    int wholeHeight() {
        return top(devices) - 20 + FOOT;
    }
}
