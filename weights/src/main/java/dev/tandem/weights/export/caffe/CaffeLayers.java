package dev.tandem.weights.export.caffe;

import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.ChannelConcatenation;
import dev.tandem.nn.layer.Concatenation;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.DepthwiseConvolution;
import dev.tandem.nn.layer.Dropout;
import dev.tandem.nn.layer.Flatten;
import dev.tandem.nn.layer.GlobalAveragePooling;
import dev.tandem.nn.layer.Layer;
import dev.tandem.nn.layer.LayerStep;
import dev.tandem.nn.layer.LeakyRelu;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.LocalResponseNormalization;
import dev.tandem.nn.layer.Merge;
import dev.tandem.nn.layer.MergeStep;
import dev.tandem.nn.layer.Multiplication;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.ParameterName;
import dev.tandem.nn.layer.Pooling;
import dev.tandem.nn.layer.Softmax;
import dev.tandem.nn.layer.Step;
import dev.tandem.nn.layer.Sum;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import dev.tandem.spi.op.Window.Rounding;
import dev.tandem.weights.export.source.ExportSource;
import dev.tandem.weights.export.source.ExportedTensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Writes layers as Caffe's, as they are in inference. What a layer makes is called as the layer is. */
final class CaffeLayers {
    private static final Map<UnaryFunction, String> FUNCTIONS =
            Map.of(UnaryFunction.RELU, "ReLU", UnaryFunction.TANH, "TanH", UnaryFunction.SIGMOID, "Sigmoid");

    private final CaffeGraph graph;
    private final ExportSource source;
    private final CaffeInput input;
    private final CaffeNormalization normalization;

    CaffeLayers(CaffeGraph graph, ExportSource source, CaffeInput input) {
        this.graph = graph;
        this.source = source;
        this.input = input;
        this.normalization = new CaffeNormalization(graph);
    }

    /** The name of a layer in Caffe, where lrn1 is called norm1. */
    static String published(String name) {
        return name.matches("lrn\\d+") ? name.replace("lrn", "norm") : name;
    }

    /** Writes the network, of one input and one output; returns what its output is called. */
    String network(Network network, String data, Shape shape) {
        Map<String, String> names = new HashMap<>(Map.of(Network.INPUT, data));
        Map<String, Shape> sizes = new HashMap<>(Map.of(Network.INPUT, shape));
        for (Step step : network.nodes()) {
            List<String> taken = step.inputs().stream().map(names::get).toList();
            List<Shape> their = step.inputs().stream().map(sizes::get).toList();
            input.requireFits(step);
            String name = published(step.name());
            names.put(
                    step.name(),
                    step instanceof LayerStep one
                            ? layer(step.name(), one.layer(), taken.get(0), their.get(0))
                            : merge(name, ((MergeStep) step).merge(), taken));
            sizes.put(step.name(), step.outputShape(their));
        }
        return names.get(network.outputs().get(0));
    }

    private String merge(String name, Merge merge, List<String> inputs) {
        if (merge instanceof Sum) {
            return graph.layer("Eltwise", name, inputs, "eltwise_param { operation: SUM }");
        }
        if (merge instanceof ChannelConcatenation) {
            return graph.layer("Concat", name, inputs, "");
        }
        throw unknown(name, merge.getClass().getName());
    }

    private String layer(String name, Layer layer, String x, Shape shape) {
        if (layer instanceof Convolution conv) {
            return convolution(name, conv, x, shape);
        } else if (layer instanceof DepthwiseConvolution depthwise) {
            Convolution each = depthwise.kernel().channels(shape.dim(1)).groups(shape.dim(1));
            return convolution(name, each, x, shape);
        } else if (layer instanceof Pooling pool) {
            return pooling(name, pool, x, shape);
        } else if (layer instanceof LocalResponseNormalization lrn) {
            return normalization.add(published(name), lrn, x);
        } else if (layer instanceof Linear linear) {
            String parameters = "inner_product_param { num_output: " + linear.features()
                    + (linear.bias() == null ? " bias_term: false" : "") + " }";
            return graph.layer("InnerProduct", name, List.of(x), parameters, blobs(name, linear.bias() != null, x));
        } else if (layer instanceof Concatenation branches) {
            List<String> outputs = new ArrayList<>();
            for (int i = 0; i < branches.branches().size(); i++) {
                outputs.add(layer(name + "." + i, branches.branches().get(i), x, shape));
            }
            return graph.layer("Concat", name, outputs, "");
        }
        return simple(name, layer, x);
    }

    private String simple(String name, Layer layer, String x) {
        if (layer instanceof Activation activation && FUNCTIONS.containsKey(activation.function())) {
            return graph.layer(FUNCTIONS.get(activation.function()), name, List.of(x), "");
        } else if (layer instanceof LeakyRelu leaky) {
            String slope = "relu_param { negative_slope: " + (float) leaky.slope() + " }";
            return graph.layer("ReLU", name, List.of(x), slope);
        } else if (layer instanceof Dropout dropout) {
            return dropout.scaling() == Dropout.Scaling.WHEN_TESTING
                    ? multiplied(name, x, 1 - dropout.probability())
                    : graph.layer(
                            "Dropout",
                            name,
                            List.of(x),
                            "dropout_param { dropout_ratio: " + (float) dropout.probability() + " }");
        } else if (layer instanceof Multiplication multiplication) {
            return multiplied(name, x, multiplication.factor());
        } else if (layer instanceof Flatten) {
            return graph.layer("Flatten", name, List.of(x), "");
        } else if (layer instanceof GlobalAveragePooling) {
            String maps = graph.layer(
                    "Pooling", name + "/maps", List.of(x), "pooling_param { pool: AVE global_pooling: true }");
            return graph.layer("Flatten", name, List.of(maps), "");
        } else if (layer instanceof Softmax) {
            return graph.layer("Softmax", name, List.of(x), "");
        }
        String kind = layer instanceof Activation activation
                ? "the function " + activation.function()
                : layer.getClass().getName();
        throw unknown(name, kind);
    }

    private String multiplied(String name, String x, double factor) {
        return graph.layer("Power", name, List.of(x), "power_param { scale: " + (float) factor + " }");
    }

    private String convolution(String name, Convolution conv, String x, Shape shape) {
        Window window =
                Window.over(shape.dim(2), shape.dim(3), conv.size(), conv.stride(), conv.padding(), conv.rounding());
        if (window.padBottom() > conv.padding() + input.appended(x)) {
            throw unknown(name, "a convolution whose last window reaches beyond the edge");
        }
        String parameters = "convolution_param { num_output: " + conv.channels() + " kernel_size: " + conv.size()
                + " stride: " + conv.stride() + " pad: " + conv.padding() + " group: " + conv.groups()
                + (conv.bias() == null ? " bias_term: false" : "") + " }";
        return graph.layer("Convolution", name, List.of(x), parameters, blobs(name, conv.bias() != null, x));
    }

    private ExportedTensor[] blobs(String layer, boolean biased, String bottom) {
        ExportedTensor weight = source.tensor(new ParameterName(layer, "weight").toString());
        ExportedTensor first = input.isBlueFirst(bottom) ? CaffeInput.reversed(weight) : weight;
        return biased
                ? new ExportedTensor[] {first, source.tensor(new ParameterName(layer, "bias").toString())}
                : new ExportedTensor[] {first};
    }

    /** Caffe rounds up, as long as no window is beyond the map. */
    private String pooling(String name, Pooling pool, String x, Shape shape) {
        boolean even =
                (shape.dim(2) - pool.size()) % pool.stride() == 0 && (shape.dim(3) - pool.size()) % pool.stride() == 0;
        if (!even && pool.rounding() == Rounding.UP && pool.stride() > pool.size()) {
            throw unknown(name, "pooling whose stride is above its size, rounded up");
        }
        String rounding = even || pool.rounding() == Rounding.UP ? "" : " round_mode: FLOOR";
        String kind = pool.kind() == Pooling.Kind.MAX ? "MAX" : "AVE";
        return graph.layer(
                "Pooling",
                name,
                List.of(x),
                "pooling_param { pool: " + kind + " kernel_size: " + pool.size() + " stride: " + pool.stride()
                        + rounding + " }");
    }

    static TandemException unknown(String layer, String kind) {
        return TandemException.argument(
                "export as caffemodel",
                layer + " cannot be written as a layer of Caffe",
                kind,
                "convolutions, pooling, response normalization, linear layers, ReLU, tanh, sigmoid and dropout",
                "Export to onnx, or to safetensors, npz or pth, which hold weights alone");
    }
}
