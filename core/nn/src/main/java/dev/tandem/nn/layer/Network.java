package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Named layers, each applied to the output of the one before, or to a named one. {@link Merge}s join several outputs. A
 * network of a network, such as a residual block, is a part of it, whose layers are placed and summarised like others:
 *
 * <pre>{@code Network block = Network.builder()
 *         .add("conv1", Convolution.of(16, 3).padding(1)).add("relu1", Activation.relu())
 *         .add("conv2", Convolution.of(16, 3).padding(1))
 *         .add("sum", Merge.sum(), "conv2", Network.INPUT).add("relu2", Activation.relu())
 *         .build();
 * Network.builder().add("conv", Convolution.of(16, 3)).add("block1", block).add("block2", block)...}</pre>
 *
 * <p>An activation after a convolution or a linear layer runs as part of it, if nothing else uses that layer's output.
 * Parameters are named {@code layer.parameter}, such as {@code conv1.weight} or {@code block1.conv1.weight}:
 * {@link ParameterName}.
 */
public final class Network implements Layer {
    /** The name of a network's first input. */
    public static final String INPUT = "input";

    private final List<String> inputs;
    private final List<Step> nodes;
    private final List<String> outputs;
    private final Map<String, String> blocks;
    private final RunOrder run;

    /**
     * A network of checked nodes.
     *
     * @param nodes what computes each value of earlier ones and of {@code inputs}
     * @param outputs names of nodes; of inputs if there are no nodes
     * @param blocks for the names of networks in this one, the node whose output is theirs
     */
    Network(List<String> inputs, List<Step> nodes, List<String> outputs, Map<String, String> blocks) {
        this.inputs = List.copyOf(inputs);
        this.nodes = List.copyOf(nodes);
        this.outputs = List.copyOf(outputs);
        this.blocks = Map.copyOf(blocks);
        this.run = RunOrder.of(inputs, nodes, outputs);
    }

    /** Starts an empty network. */
    public static NetworkBuilder builder() {
        return new NetworkBuilder();
    }

    /** The names of the inputs: {@value #INPUT}, then those declared. */
    public List<String> inputs() {
        return inputs;
    }

    /** The names of the outputs. */
    public List<String> outputs() {
        return outputs;
    }

    /** The layers by name, in order; merges are none. */
    public Map<String, Layer> layers() {
        Map<String, Layer> layers = new LinkedHashMap<>();
        for (Step node : nodes) {
            if (node instanceof LayerStep step) {
                layers.put(step.name(), step.layer());
            }
        }
        return Collections.unmodifiableMap(layers);
    }

    /** All layers and merges by themselves, in order: each after those whose outputs it takes. */
    public List<Step> nodes() {
        return nodes;
    }

    /** The nodes as they run, with activations fused, in order. */
    public List<Step> steps() {
        return run.steps();
    }

    /** The steps whose outputs are the network's. */
    public List<String> outputSteps() {
        return run.outputs();
    }

    /** The steps whose outputs {@code step} uses, but neither a later step nor the network's caller. */
    public List<String> lastUsedBy(Step step) {
        return run.lastUses().get(step.name());
    }

    /** For the names of networks in this one, the node whose output is theirs. */
    Map<String, String> blocks() {
        return blocks;
    }

    /** This network with every layer replaced by the result of {@code change}; null leaves the layer out. */
    public Network mapped(BiFunction<String, Layer, @Nullable Layer> change) {
        NetworkBuilder builder = new NetworkBuilder();
        inputs.stream().skip(1).forEach(builder::input);
        for (Step node : nodes) {
            if (node instanceof LayerStep step) {
                builder.replace(step, change.apply(step.name(), step.layer()));
            } else {
                builder.append(node);
            }
        }
        blocks.forEach(builder::alias);
        return builder.outputs(outputs.toArray(String[]::new)).build();
    }

    /**
     * This network with the parameters of some layers as constants, besides those that already are. They stay as they
     * are in training and have no optimizer state. The backward pass goes no further down than to the first layer that
     * learns.
     *
     * @param patterns the layers, as a {@link LayerPattern}: {@code conv*}
     */
    public Network frozen(String... patterns) {
        return withRateFactor(0, patterns);
    }

    /**
     * This network with the learning rates of some layers, of weights and biases alike, multiplied by {@code factor}.
     *
     * @param factor 0 or more; by 0, the parameters are constants
     * @param patterns the layers, as a {@link LayerPattern}: {@code conv*}
     */
    public Network withRateFactor(double factor, String... patterns) {
        Set<String> names = new HashSet<>();
        for (String pattern : patterns) {
            LayerPattern wanted = new LayerPattern(pattern);
            List<String> found = names().stream().filter(wanted::matches).toList();
            if (found.isEmpty()) {
                throw TandemException.argument(
                        factor == 0 ? "freeze layers" : "learning rates of layers",
                        "no layer has such a name",
                        pattern,
                        "one of " + names(),
                        "Use a layer's name, or * for any characters: conv*");
            }
            names.addAll(found);
        }
        List<Step> changed = nodes.stream()
                .map(node -> names.contains(node.name()) ? node.withRateFactor(factor) : node)
                .toList();
        return new Network(inputs, changed, outputs, blocks);
    }

    /**
     * The name of the last layer that has parameters: in a classifier, the one that has a row of weights for each class.
     *
     * @param shapes of the inputs, one for each
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) if no layer has any
     */
    public String lastWithParameters(List<Shape> shapes) {
        List<ParameterSpec> all = parameters(shapes);
        if (all.isEmpty()) {
            throw TandemException.argument("network", "no layer has parameters", names(), "one or more that have", "");
        }
        return ParameterName.parse(all.get(all.size() - 1).name()).layer();
    }

    /**
     * This network with the outputs of other layers, such as the features before the last layer. Layers that none of
     * them depends on are left out.
     */
    public Network withOutputs(String... names) {
        List<String> wanted = List.of(names);
        Set<String> needed = new HashSet<>();
        for (String name : wanted) {
            String node = blocks.getOrDefault(name, name);
            if (nodes.stream().noneMatch(each -> each.name().equals(node))) {
                throw TandemException.argument(
                        "network", "no such layer", name, "one of " + names(), "Name the layer whose output is wanted");
            }
            needed.add(node);
        }
        List<String> others =
                wanted.stream().map(name -> blocks.getOrDefault(name, name)).toList();
        List<Step> kept = new ArrayList<>();
        for (int i = nodes.size() - 1; i >= 0; i--) {
            if (needed.contains(nodes.get(i).name())) {
                needed.addAll(nodes.get(i).inputs());
                kept.add(0, nodes.get(i));
            }
        }
        Map<String, String> keptBlocks = new HashMap<>(blocks);
        keptBlocks.values().retainAll(needed);
        return new Network(inputs, kept, others, keptBlocks);
    }

    private List<String> names() {
        return nodes.stream().map(Step::name).toList();
    }

    @Override
    public List<ParameterSpec> parameters(Shape input) {
        return parameters(List.of(input));
    }

    /** The parameters for inputs of these shapes, one for each input. */
    public List<ParameterSpec> parameters(List<Shape> shapes) {
        Map<String, Shape> all = shapes(shapes);
        return nodes.stream()
                .flatMap(node -> node.parameters(of(all, node.inputs())).stream())
                .toList();
    }

    @Override
    public Shape outputShape(Shape input) {
        requireOneOutput();
        return outputShapes(List.of(input)).get(0);
    }

    /** The shapes of the outputs for inputs of these shapes. */
    public List<Shape> outputShapes(List<Shape> shapes) {
        return of(shapes(shapes), outputs);
    }

    private Map<String, Shape> shapes(List<Shape> shapes) {
        Map<String, Shape> all = named(shapes);
        nodes.forEach(node -> all.put(node.name(), node.outputShape(of(all, node.inputs()))));
        return all;
    }

    @Override
    public Value forward(Value x, Context context) {
        requireOneOutput();
        return forward(List.of(x), context).get(0);
    }

    /** The outputs for these inputs, one for each input of the network. */
    public List<Value> forward(List<Value> values, Context context) {
        List<List<Value>> outputs = run(values.stream().map(List::of).toList(), List.of(context));
        return outputs.stream().map(parts -> parts.get(0)).toList();
    }

    @Override
    public List<Value> forward(List<Value> parts, List<Context> contexts) {
        requireOneOutput();
        return run(List.of(parts), contexts).get(0);
    }

    /** The parts of each output, from the parts of each input. */
    private List<List<Value>> run(List<List<Value>> values, List<Context> contexts) {
        Map<String, List<Value>> all = named(values);
        boolean recorded = contexts.get(0).isTraining()
                || values.stream().flatMap(List::stream).anyMatch(Value::isOnTape);
        for (Step step : run.steps()) {
            List<List<Value>> taken = IntStream.range(0, contexts.size())
                    .mapToObj(part -> step.inputs().stream()
                            .map(name -> all.get(name).get(part))
                            .toList())
                    .toList();
            if (recorded) {
                all.put(step.name(), step.forward(taken, contexts));
                continue;
            }
            // Without a tape no result is needed twice, so that only the output of the step is kept.
            try (TensorScope scope = TensorScope.open()) {
                List<Value> outputs = step.forward(taken, contexts);
                outputs.forEach(output -> scope.keep(output.tensor()));
                all.put(step.name(), outputs);
            }
            lastUsedBy(step).forEach(name -> closeUnused(all.remove(name), all));
        }
        return of(all, run.outputs());
    }

    private static void closeUnused(List<Value> values, Map<String, List<Value>> live) {
        for (Value value : values) {
            Tensor tensor = value.tensor();
            if (live.values().stream().flatMap(List::stream).noneMatch(other -> other.tensor() == tensor)) {
                tensor.close();
            }
        }
    }

    private void requireOneOutput() {
        if (outputs.size() != 1) {
            throw TandemException.argument(
                    "network",
                    "several outputs where one is expected",
                    outputs,
                    "one output",
                    "Inside another network, give this one to its builder; elsewhere call forward with a list");
        }
    }

    private <T> Map<String, T> named(List<T> values) {
        if (values.size() != inputs.size()) {
            throw TandemException.argument(
                    "network", "another number of inputs", values.size(), inputs.size() + ": " + inputs, "");
        }
        Map<String, T> named = new HashMap<>();
        for (int i = 0; i < values.size(); i++) {
            named.put(inputs.get(i), values.get(i));
        }
        return named;
    }

    private static <T> List<T> of(Map<String, T> all, List<String> names) {
        return names.stream().map(all::get).toList();
    }
}
