package dev.tandem.weights.export.onnx;

import dev.tandem.nn.file.ProtoMessage;
import dev.tandem.nn.layer.BatchNormalization;
import dev.tandem.nn.layer.LayerNormalization;
import dev.tandem.nn.layer.LocalResponseNormalization;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.ResponseNormalization.Neighbourhood;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Layers that normalize. */
final class OnnxNormalizations {
    private final OnnxGraph graph;
    private final OnnxLayers layers;
    private final OnnxWindows windows;

    OnnxNormalizations(OnnxGraph graph, OnnxLayers layers, OnnxWindows windows) {
        this.graph = graph;
        this.layers = layers;
        this.windows = windows;
    }

    String response(String name, LocalResponseNormalization lrn, String x, Shape input) {
        if (lrn.spec().neighbourhood() == Neighbourhood.WITHIN_MAP) {
            return withinMap(name, lrn, x);
        }
        int groups = lrn.spec().groups();
        return groups == 1 ? acrossMaps(name, lrn, x) : acrossMapsInGroups(name, lrn, x, input.dim(1) / groups);
    }

    /** ONNX divides alpha by the number of neighbours. */
    private String acrossMaps(String name, LocalResponseNormalization lrn, String x) {
        ResponseNormalization spec = lrn.spec();
        return graph.node(
                "LRN",
                name,
                List.of(x),
                OnnxAttribute.number("size", spec.size()),
                OnnxAttribute.decimal("alpha", lrn.alphaOfMean()),
                OnnxAttribute.decimal("beta", spec.beta()),
                OnnxAttribute.decimal("bias", spec.k()));
    }

    private String acrossMapsInGroups(String name, LocalResponseNormalization lrn, String x, int channels) {
        int groups = lrn.spec().groups();
        List<String> parts =
                IntStream.range(0, groups).mapToObj(group -> name + "/" + group).toList();
        long[] lengths = IntStream.range(0, groups).mapToLong(group -> channels).toArray();
        graph.nodes(
                "Split",
                name + "/groups",
                List.of(x, graph.wholeNumbers(name + "/lengths", lengths)),
                parts,
                OnnxAttribute.number("axis", 1));
        List<String> normalized = new ArrayList<>();
        parts.forEach(part -> normalized.add(acrossMaps(part + "/normalized", lrn, part)));
        return graph.node("Concat", name, normalized, OnnxAttribute.number("axis", 1));
    }

    /** {@code x / (k + alpha mean(x'^2))^beta}, which is no LRN of ONNX. */
    private String withinMap(String name, LocalResponseNormalization lrn, String x) {
        ResponseNormalization spec = lrn.spec();
        String squares = graph.node("Mul", name + "/squares", List.of(x, x));
        String mean = windows.meanAround(name + "/mean", squares, spec.size());
        String alpha = graph.constant(name + "/alpha", lrn.alphaOfMean());
        String scaled = graph.node("Mul", name + "/scaled", List.of(mean, alpha));
        String sum = graph.node("Add", name + "/sum", List.of(scaled, graph.constant(name + "/k", spec.k())));
        String beta = graph.constant(name + "/beta", spec.beta());
        String divisor = graph.node("Pow", name + "/divisor", List.of(sum, beta));
        return graph.node("Div", name, List.of(x, divisor));
    }

    String batch(String name, BatchNormalization layer, String x) {
        return graph.node(
                "BatchNormalization",
                name,
                List.of(
                        x,
                        layers.parameter(name, "weight"),
                        layers.parameter(name, "bias"),
                        layers.parameter(name, "running_mean"),
                        layers.parameter(name, "running_var")),
                OnnxAttribute.decimal("epsilon", layer.epsilon()));
    }

    /** From simpler operators: LayerNormalization itself came with a later version of ONNX. */
    String layer(String name, LayerNormalization layer, String x, Shape input) {
        long[] axes = IntStream.range(input.rank() - layer.axes(), input.rank())
                .mapToLong(axis -> axis)
                .toArray();
        ProtoMessage over = OnnxAttribute.numbers("axes", axes);
        String mean = graph.node("ReduceMean", name + "/mean", List.of(x), over);
        String distance = graph.node("Sub", name + "/distance", List.of(x, mean));
        String squares = graph.node("Mul", name + "/squares", List.of(distance, distance));
        String variance = graph.node("ReduceMean", name + "/variance", List.of(squares), over);
        String epsilon = graph.constant(name + "/epsilon", layer.epsilon());
        String sum = graph.node("Add", name + "/sum", List.of(variance, epsilon));
        String deviation = graph.node("Sqrt", name + "/deviation", List.of(sum));
        String standard = graph.node("Div", name + "/standard", List.of(distance, deviation));
        String scaled = graph.node("Mul", name + "/scaled", List.of(standard, layers.parameter(name, "weight")));
        return graph.node("Add", name, List.of(scaled, layers.parameter(name, "bias")));
    }
}
