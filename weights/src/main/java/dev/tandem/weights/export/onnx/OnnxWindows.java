package dev.tandem.weights.export.onnx;

import dev.tandem.nn.file.ProtoMessage;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.LocallyConnected;
import dev.tandem.nn.layer.Pooling;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.Window;
import java.util.ArrayList;
import java.util.List;

/** Layers whose windows slide over maps. A window beyond the edge is padding at the bottom and right. */
final class OnnxWindows {
    private final OnnxGraph graph;
    private final OnnxLayers layers;

    OnnxWindows(OnnxGraph graph, OnnxLayers layers) {
        this.graph = graph;
        this.layers = layers;
    }

    String convolution(String name, Convolution conv, String x, Shape input) {
        Window window = window(input, conv.size(), conv.stride(), conv.padding(), conv.rounding());
        List<String> inputs = new ArrayList<>(List.of(x, layers.parameter(name, "weight")));
        if (conv.bias() != null) {
            inputs.add(layers.parameter(name, "bias"));
        }
        return graph.node(
                "Conv",
                name,
                inputs,
                kernel(window),
                strides(window),
                pads(window),
                OnnxAttribute.number("group", conv.groups()));
    }

    String pooling(String name, Pooling pool, String x, Shape input) {
        Window window = window(input, pool.size(), pool.stride(), 0, pool.rounding());
        // Padding counts neither as a greatest element nor in a mean, unless it is asked for.
        return graph.node(
                pool.kind() == Pooling.Kind.MAX ? "MaxPool" : "AveragePool",
                name,
                List.of(x),
                kernel(window),
                strides(window),
                pads(window));
    }

    /**
     * The mean of the places around each, those beyond the edge counting as zeros. They are written as zeros: not every
     * reader honours that padding counts.
     */
    String meanAround(String name, String x, int size) {
        int reach = size / 2;
        String pads = graph.wholeNumbers(name + "/pads", 0, 0, reach, reach, 0, 0, reach, reach);
        return graph.node(
                "AveragePool",
                name,
                List.of(graph.node("Pad", name + "/padded", List.of(x, pads))),
                OnnxAttribute.numbers("kernel_shape", size, size));
    }

    /** The windows as slices, one for each place in a window; then a product for each place in the map. */
    String locallyConnected(String name, LocallyConnected layer, String x, Shape input) {
        Window window = window(input, layer.size(), layer.stride(), layer.padding(), layer.rounding());
        Shape output = layer.outputShape(input);
        int places = output.dim(2) * output.dim(3);
        int size = layer.size();
        String padded = graph.node(
                "Pad",
                name + "/padded",
                List.of(
                        x,
                        graph.wholeNumbers(
                                name + "/pads",
                                0,
                                0,
                                window.padTop(),
                                window.padLeft(),
                                0,
                                0,
                                window.padBottom(),
                                window.padRight())));
        String axes = graph.wholeNumbers(name + "/axes", 2, 3);
        String steps = graph.wholeNumbers(name + "/steps", window.strideY(), window.strideX());
        String flat = graph.wholeNumbers(name + "/flat", 0, input.dim(1), 1, places);
        List<String> slices = new ArrayList<>();
        for (int a = 0; a < size; a++) {
            for (int b = 0; b < size; b++) {
                String at = name + "/" + a + "," + b;
                String from = graph.wholeNumbers(at + "/from", a, b);
                String to = graph.wholeNumbers(
                        at + "/to",
                        a + (long) (output.dim(2) - 1) * window.strideY() + 1,
                        b + (long) (output.dim(3) - 1) * window.strideX() + 1);
                String slice = graph.node("Slice", at, List.of(padded, from, to, axes, steps));
                slices.add(graph.node("Reshape", at + "/flat", List.of(slice, flat)));
            }
        }
        String windows = graph.node("Concat", name + "/windows", slices, OnnxAttribute.number("axis", 2));
        int inputs = input.dim(1) * size * size;
        String columns = graph.node(
                "Reshape",
                name + "/columns",
                List.of(windows, graph.wholeNumbers(name + "/matrix", 0, inputs, places)));
        String sums = graph.node(
                "Einsum",
                name + "/sums",
                List.of(columns, layers.parameter(name, "weight")),
                OnnxAttribute.text("equation", "nip,kpi->nkp"));
        String maps = graph.node(
                "Reshape",
                layer.bias() == null ? name : name + "/maps",
                List.of(sums, graph.wholeNumbers(name + "/shape", 0, layer.channels(), output.dim(2), output.dim(3))));
        return layer.bias() == null ? maps : graph.node("Add", name, List.of(maps, layers.parameter(name, "bias")));
    }

    private static Window window(Shape input, int size, int stride, int padding, Window.Rounding rounding) {
        return Window.over(input.dim(2), input.dim(3), size, stride, padding, rounding);
    }

    private static ProtoMessage kernel(Window window) {
        return OnnxAttribute.numbers("kernel_shape", window.height(), window.width());
    }

    private static ProtoMessage strides(Window window) {
        return OnnxAttribute.numbers("strides", window.strideY(), window.strideX());
    }

    private static ProtoMessage pads(Window window) {
        return OnnxAttribute.numbers("pads", window.padTop(), window.padLeft(), window.padBottom(), window.padRight());
    }
}
