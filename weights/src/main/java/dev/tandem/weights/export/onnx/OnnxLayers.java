package dev.tandem.weights.export.onnx;

import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.BatchNormalization;
import dev.tandem.nn.layer.ChannelConcatenation;
import dev.tandem.nn.layer.Concatenation;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.DepthwiseConvolution;
import dev.tandem.nn.layer.Dropout;
import dev.tandem.nn.layer.Flatten;
import dev.tandem.nn.layer.GlobalAveragePooling;
import dev.tandem.nn.layer.Layer;
import dev.tandem.nn.layer.LayerNormalization;
import dev.tandem.nn.layer.LayerStep;
import dev.tandem.nn.layer.LeakyRelu;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.LocalResponseNormalization;
import dev.tandem.nn.layer.LocallyConnected;
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
import dev.tandem.weights.export.source.ExportSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Writes layers as nodes of ONNX, as they are in inference. What a layer makes is called as the layer is. */
final class OnnxLayers {
    private final OnnxGraph graph;
    private final ExportSource source;
    private final OnnxWindows windows;
    private final OnnxNormalizations normalizations;

    OnnxLayers(OnnxGraph graph, ExportSource source) {
        this.graph = graph;
        this.source = source;
        this.windows = new OnnxWindows(graph, this);
        this.normalizations = new OnnxNormalizations(graph, this, windows);
    }

    /** Adds a layer's parameter; returns its name in the graph. */
    String parameter(String layer, String kind) {
        return graph.parameter(source.tensor(new ParameterName(layer, kind).toString()));
    }

    /**
     * Writes a network.
     *
     * @param prefix of the names of its layers: empty, or a name and a dot
     * @param inputs the names of its inputs' values in the graph
     * @param shapes of its inputs, for a batch of one
     * @return the names of its outputs' values
     */
    List<String> network(String prefix, Network network, List<String> inputs, List<Shape> shapes) {
        Map<String, String> names = new HashMap<>();
        Map<String, Shape> sizes = new HashMap<>();
        for (int i = 0; i < inputs.size(); i++) {
            names.put(network.inputs().get(i), inputs.get(i));
            sizes.put(network.inputs().get(i), shapes.get(i));
        }
        for (Step step : network.nodes()) {
            List<String> taken = step.inputs().stream().map(names::get).toList();
            List<Shape> their = step.inputs().stream().map(sizes::get).toList();
            String name = prefix + step.name();
            names.put(
                    step.name(),
                    step instanceof LayerStep one
                            ? layer(name, one.layer(), taken.get(0), their.get(0))
                            : merge(name, ((MergeStep) step).merge(), taken));
            sizes.put(step.name(), step.outputShape(their));
        }
        return network.outputs().stream().map(names::get).toList();
    }

    private String merge(String name, Merge merge, List<String> inputs) {
        if (merge instanceof Sum) {
            return graph.node(inputs.size() == 2 ? "Add" : "Sum", name, inputs);
        }
        if (merge instanceof ChannelConcatenation) {
            return graph.node("Concat", name, inputs, OnnxAttribute.number("axis", 1));
        }
        throw unknown(name, merge);
    }

    private String layer(String name, Layer layer, String x, Shape input) {
        if (layer instanceof Convolution conv) {
            return windows.convolution(name, conv, x, input);
        } else if (layer instanceof DepthwiseConvolution depthwise) {
            int channels = input.dim(1);
            return windows.convolution(
                    name, depthwise.kernel().channels(channels).groups(channels), x, input);
        } else if (layer instanceof LocallyConnected local) {
            return windows.locallyConnected(name, local, x, input);
        } else if (layer instanceof Pooling pool) {
            return windows.pooling(name, pool, x, input);
        } else if (layer instanceof LocalResponseNormalization lrn) {
            return normalizations.response(name, lrn, x, input);
        } else if (layer instanceof BatchNormalization norm) {
            return normalizations.batch(name, norm, x);
        } else if (layer instanceof LayerNormalization norm) {
            return normalizations.layer(name, norm, x, input);
        } else if (layer instanceof Linear linear) {
            return linear(name, linear, x, input);
        } else if (layer instanceof Concatenation branches) {
            return branches(name, branches, x, input);
        } else if (layer instanceof Network inner) {
            return network(name + ".", inner, List.of(x), List.of(input)).get(0);
        }
        return simple(name, layer, x);
    }

    private String simple(String name, Layer layer, String x) {
        if (layer instanceof Activation activation) {
            return function(name, activation.function(), x);
        } else if (layer instanceof LeakyRelu leaky) {
            return graph.node("LeakyRelu", name, List.of(x), OnnxAttribute.decimal("alpha", leaky.slope()));
        } else if (layer instanceof Dropout dropout) {
            boolean scales = dropout.scaling() == Dropout.Scaling.WHEN_TESTING;
            return scales ? multiplied(name, x, 1 - dropout.probability()) : graph.node("Identity", name, List.of(x));
        } else if (layer instanceof Multiplication multiplication) {
            return multiplied(name, x, multiplication.factor());
        } else if (layer instanceof Flatten) {
            return flattened(name, x);
        } else if (layer instanceof GlobalAveragePooling) {
            return flattened(name, graph.node("GlobalAveragePool", name + "/maps", List.of(x)));
        } else if (layer instanceof Softmax) {
            return graph.node("Softmax", name, List.of(x), OnnxAttribute.number("axis", 1));
        }
        throw unknown(name, layer);
    }

    private String multiplied(String name, String x, double factor) {
        return graph.node("Mul", name, List.of(x, graph.constant(name + "/factor", factor)));
    }

    private String flattened(String name, String x) {
        return graph.node("Flatten", name, List.of(x), OnnxAttribute.number("axis", 1));
    }

    private String linear(String name, Linear linear, String x, Shape input) {
        String flat = input.rank() == 2 ? x : flattened(name + "/flat", x);
        List<String> inputs = new ArrayList<>(List.of(flat, parameter(name, "weight")));
        if (linear.bias() != null) {
            inputs.add(parameter(name, "bias"));
        }
        return graph.node("Gemm", name, inputs, OnnxAttribute.number("transB", 1));
    }

    private String branches(String name, Concatenation layer, String x, Shape input) {
        List<String> outputs = new ArrayList<>();
        for (int i = 0; i < layer.branches().size(); i++) {
            outputs.add(layer(name + "." + i, layer.branches().get(i), x, input));
        }
        return graph.node("Concat", name, outputs, OnnxAttribute.number("axis", 1));
    }

    private String function(String name, UnaryFunction function, String x) {
        return switch (function) {
            case IDENTITY -> graph.node("Identity", name, List.of(x));
            case RELU -> graph.node("Relu", name, List.of(x));
            case TANH -> graph.node("Tanh", name, List.of(x));
            case SIGMOID -> graph.node("Sigmoid", name, List.of(x));
            case EXP -> graph.node("Exp", name, List.of(x));
            case SQRT -> graph.node("Sqrt", name, List.of(x));
            case LOG -> graph.node("Log", name, List.of(x));
            case ABS -> graph.node("Abs", name, List.of(x));
            case SIGN -> graph.node("Sign", name, List.of(x));
            case ERF -> graph.node("Erf", name, List.of(x));
            case GELU -> gelu(name, x);
        };
    }

    /** {@code x (1 + erf(x / sqrt(2))) / 2}: Gelu itself came with a later version of ONNX. */
    private String gelu(String name, String x) {
        String scaled = multiplied(name + "/scaled", x, 1 / Math.sqrt(2));
        String erf = graph.node("Erf", name + "/erf", List.of(scaled));
        String more = graph.node("Add", name + "/more", List.of(erf, graph.constant(name + "/one", 1)));
        return graph.node("Mul", name, List.of(x, multiplied(name + "/share", more, 0.5)));
    }

    private static TandemException unknown(String name, Object layer) {
        return TandemException.argument(
                "export as onnx",
                name + " is of a kind that cannot be written",
                layer.getClass().getName(),
                "the layers and merges of " + Layer.class.getPackageName(),
                "Build it of these, or export to safetensors, npz or pth, which hold weights alone");
    }
}
