package dev.tandem.nn.layer;

import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.UnaryFunction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Collects the layers of a {@link Network} in order. A layer takes the output of the one before, unless a value is
 * named: an earlier layer, merge or network in this one, or an input.
 */
public final class NetworkBuilder {
    private final List<String> inputs = new ArrayList<>(List.of(Network.INPUT));
    private final Map<String, Step> nodes = new LinkedHashMap<>();
    /** Names that are no node: networks in this one, and layers that were left out. */
    private final Map<String, String> aliases = new HashMap<>();

    private List<String> outputs = List.of();
    private String last = Network.INPUT;

    NetworkBuilder() {}

    /** Declares a further input of the network, after {@value Network#INPUT}. */
    public NetworkBuilder input(String name) {
        requireNewName(name);
        inputs.add(name);
        return this;
    }

    /**
     * Appends {@code layer}, applied to the output of the layer before. A network becomes a part of this one, whose
     * layers are named {@code name.layer}.
     *
     * @param name unique in the network, without dots
     */
    public NetworkBuilder add(String name, Layer layer) {
        return add(name, layer, last);
    }

    /** Appends {@code layer}, applied to the value called {@code input}. */
    public NetworkBuilder add(String name, Layer layer, String input) {
        requireNewName(name);
        LayerArguments.requirePresent("network", "layer called " + name, layer);
        place(name, layer, List.of(resolved(name, input)));
        return this;
    }

    /** Appends a network of several inputs, applied to the values called {@code values}. */
    public NetworkBuilder add(String name, Network network, String... values) {
        requireNewName(name);
        LayerArguments.requirePresent("network", "network called " + name, network);
        place(name, network, resolved(name, values));
        return this;
    }

    /** Appends a merge of the values called {@code values}. */
    public NetworkBuilder add(String name, Merge merge, String... values) {
        requireNewName(name);
        LayerArguments.requirePresent("network", "merge called " + name, merge);
        if (values.length == 0) {
            throw TandemException.argument(
                    "network", "a merge of nothing", name, "the names of its inputs", "Name the layers that it joins");
        }
        append(new MergeStep(name, merge, resolved(name, values), 1));
        return this;
    }

    /** Sets the outputs; without this call, the network has the output of its last layer. */
    public NetworkBuilder outputs(String... names) {
        outputs = List.of(names);
        return this;
    }

    private void requireNewName(String name) {
        LayerArguments.requirePresent("network", "name", name);
        boolean taken = nodes.containsKey(name) || aliases.containsKey(name) || inputs.contains(name);
        if (name.isEmpty() || name.contains(".") || taken) {
            throw TandemException.argument(
                    "network", "a name that is empty, dotted or taken", name, "a new plain name", "Rename the layer");
        }
    }

    /** Appends {@code layer} as it is, or as the nodes that it consists of. */
    private void place(String name, Layer layer, List<String> values) {
        if (layer instanceof Network network) {
            inline(name, network, values);
        } else if (layer instanceof Concatenation concatenation) {
            List<Layer> branches = concatenation.branches();
            List<String> names = IntStream.range(0, branches.size())
                    .mapToObj(i -> name + "." + i)
                    .toList();
            for (int i = 0; i < branches.size(); i++) {
                place(names.get(i), branches.get(i), values);
            }
            append(new MergeStep(
                    name, Merge.concatenation(), names.stream().map(this::found).toList(), 1));
        } else {
            append(new LayerStep(name, layer, UnaryFunction.IDENTITY, values, 1));
        }
    }

    private void inline(String name, Network network, List<String> values) {
        if (values.size() != network.inputs().size()) {
            throw TandemException.argument(
                    "network",
                    "another number of inputs of " + name,
                    values,
                    network.inputs().size() + ": " + network.inputs(),
                    "Name a value for each input");
        }
        Map<String, String> names = new HashMap<>();
        for (int i = 0; i < values.size(); i++) {
            names.put(network.inputs().get(i), values.get(i));
        }
        for (Step node : network.nodes()) {
            names.put(node.name(), name + "." + node.name());
            append(node.renamed(names));
        }
        network.blocks().forEach((block, node) -> alias(name + "." + block, names.get(node)));
        if (network.outputs().size() == 1) {
            last = names.get(network.outputs().get(0));
            alias(name, last);
        } else {
            // Its outputs have names, but it has no value of its own.
            last = name;
        }
    }

    /** Appends a node, which may have a dotted name. */
    void append(Step node) {
        Map<String, String> found = new HashMap<>();
        node.inputs().forEach(input -> found.put(input, resolved(node.name(), input)));
        nodes.put(node.name(), node.renamed(found));
        last = node.name();
    }

    /** Appends {@code layer} in the place of the layer of {@code step}; null leaves it out. */
    void replace(LayerStep step, Layer layer) {
        List<String> values = List.of(resolved(step.name(), step.inputs().get(0)));
        if (layer == null) {
            alias(step.name(), values.get(0));
        } else {
            int before = nodes.size();
            place(step.name(), layer, values);
            List.copyOf(nodes.values()).stream()
                    .skip(before)
                    .forEach(node -> nodes.put(node.name(), node.withRateFactor(step.rateFactor())));
        }
    }

    /** Has {@code name} stand for the value called {@code value}. */
    void alias(String name, String value) {
        aliases.putIfAbsent(name, value);
    }

    private List<String> resolved(String name, String... values) {
        return List.of(values).stream().map(value -> resolved(name, value)).toList();
    }

    private String resolved(String name, String value) {
        LayerArguments.requirePresent("network", "input of " + name, value);
        String found = found(value);
        if (!nodes.containsKey(found) && !inputs.contains(found)) {
            List<String> known = new ArrayList<>(inputs);
            known.addAll(nodes.keySet());
            throw TandemException.argument(
                    "network",
                    "an unknown input of " + name,
                    value,
                    "one of " + known,
                    "Add the layer before those that use it");
        }
        return found;
    }

    private String found(String value) {
        String found = value;
        while (aliases.containsKey(found)) {
            found = aliases.get(found);
        }
        return found;
    }

    /** The network of all layers so far. */
    public Network build() {
        List<String> wanted = outputs.isEmpty() ? List.of(last) : outputs;
        List<String> found = wanted.stream()
                .map(name -> resolved("the network's outputs", name))
                .toList();
        requireAllUsed(found);
        if (!nodes.isEmpty() && !nodes.keySet().containsAll(found)) {
            throw TandemException.argument(
                    "network",
                    "an output that is an input",
                    found,
                    "some of " + nodes.keySet(),
                    "Name layers as outputs, or add one that returns the input");
        }
        Map<String, String> blocks = new HashMap<>();
        aliases.keySet().forEach(name -> blocks.put(name, found(name)));
        return new Network(inputs, List.copyOf(nodes.values()), found, blocks);
    }

    private void requireAllUsed(List<String> found) {
        Set<String> unused = new HashSet<>(nodes.keySet());
        unused.addAll(inputs);
        nodes.values().forEach(node -> node.inputs().forEach(unused::remove));
        found.forEach(unused::remove);
        if (!unused.isEmpty() || new HashSet<>(found).size() < found.size()) {
            throw TandemException.argument(
                    "network",
                    unused.isEmpty() ? "an output twice" : "layers or inputs that nothing uses",
                    unused.isEmpty() ? found : unused.stream().sorted().toList(),
                    "each layer used by another or an output, each output once",
                    "Name the outputs with outputs(...), or leave these out");
        }
    }
}
