package dev.tandem.cli.picture;

import dev.tandem.placement.DeviceForecast;
import dev.tandem.placement.Forecast;
import dev.tandem.placement.LayerForecast;
import dev.tandem.placement.LayerForecast.Received;
import dev.tandem.placement.LayerForecast.Shard;
import dev.tandem.spi.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A forecast in words: which tensor lives where, what crosses between devices, and each device's cost. */
public final class PlacementReport {
    private static final String LAYER = " %-8s %-8s %-19s %-15s %-14s %9s %9s %9s %9s";
    private static final String DEVICE = "%-6s %14s %14s %14s %14s %14s %14s %19s";

    private PlacementReport() {}

    /** Lines of at most 120 columns for layers and shapes of the usual size. */
    public static List<String> lines(Forecast forecast) {
        List<String> lines = new ArrayList<>();
        int width = forecast.layers().stream()
                .mapToInt(layer -> layer.name().length())
                .reduce(9, Math::max);
        String format = "%-" + width + "s" + LAYER;
        lines.add(line(
                format,
                "layer",
                "split",
                "devices",
                "parameters",
                "sees",
                "output",
                "gather",
                "weights",
                "reduce",
                "scatter"));
        for (LayerForecast layer : forecast.layers()) {
            lines.addAll(lines(format, layer));
        }
        lines.add(
                "What each of these devices receives in a step: forward, what it lacks of the input, and weights that");
        lines.add(
                "lie elsewhere; backward, gradients with respect to those weights and to its part of the layer's input.");
        lines.add("");
        lines.add(line(
                DEVICE,
                "device",
                "parameters",
                "momentum",
                "activations",
                "gradients",
                "bytes in all",
                "received/step",
                "multiply-adds/step"));
        for (int index = 0; index < forecast.devices().size(); index++) {
            DeviceForecast share = forecast.devices().get(index);
            lines.add(line(
                    DEVICE,
                    index,
                    number(share.parameterBytes()),
                    number(share.momentumBytes()),
                    number(share.activationBytes()),
                    number(gradientBytes(share)),
                    number(share.bytes()),
                    number(share.receivedBytes()),
                    number(share.multiplyAdds())));
        }
        lines.add("Bytes. Activations are what the forward pass leaves, with copies of weights that lie elsewhere.");
        return lines;
    }

    /** A line for each run of devices that do the same. */
    private static List<String> lines(String format, LayerForecast layer) {
        List<String> lines = new ArrayList<>();
        List<Shard> parts = layer.shards();
        for (int first = 0, end; first < parts.size(); first = end) {
            end = first + 1;
            while (end < parts.size() && look(parts.get(end)).equals(look(parts.get(first)))) {
                end++;
            }
            Shard part = parts.get(first);
            Received received = part.received();
            if (part.output() == null && received.bytes() == 0) {
                continue;
            }
            boolean begins = lines.isEmpty();
            lines.add(line(
                    format,
                    begins ? layer.name() : "",
                    begins ? layer.axis().name().toLowerCase(Locale.ROOT) : "",
                    end - first == 1 ? first : first + " to " + (end - 1),
                    part.parameters().stream().map(Shape::toString).collect(Collectors.joining(", ")),
                    inputs(part),
                    part.output() == null ? "" : part.output(),
                    crossing(received.gathered()),
                    crossing(received.weights()),
                    crossing(received.reduced()),
                    crossing(received.scattered())));
        }
        return lines;
    }

    private static String inputs(Shard part) {
        List<Shape> inputs = part.inputs();
        return inputs.size() > 1 && inputs.stream().distinct().count() == 1
                ? inputs.size() + " of " + inputs.get(0)
                : inputs.stream().map(Shape::toString).collect(Collectors.joining(", "));
    }

    /** What is shown of a part. */
    private static List<Object> look(Shard part) {
        return Arrays.asList(part.parameters(), part.inputs(), part.output(), part.received());
    }

    /** What a device holds at most besides parameters, momentum and what the forward pass leaves. */
    static long gradientBytes(DeviceForecast share) {
        return share.bytes() - share.parameterBytes() - share.momentumBytes() - share.activationBytes();
    }

    private static String crossing(long bytes) {
        return bytes == 0 ? "" : bytes(bytes);
    }

    /** A number of bytes to three digits, in units of 1000: {@code 22.2 MB}. */
    static String bytes(long bytes) {
        String[] units = {"B", "kB", "MB", "GB", "TB"};
        double value = bytes;
        int unit = 0;
        while (value >= 999.5 && unit < units.length - 1) {
            value /= 1000;
            unit++;
        }
        int decimals = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
        return String.format(Locale.ROOT, "%." + decimals + "f %s", value, units[unit]);
    }

    private static String number(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    private static String line(String format, Object... values) {
        return String.format(Locale.ROOT, format, values).stripTrailing();
    }
}
