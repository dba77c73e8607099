package dev.tandem.placement;

import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.layer.Context;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.layer.Step;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.dryrun.DryRun;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The first steps of a network that give the same output for the same inputs all through its training: their parameters
 * are constants, they draw no random numbers and replace no states. Of all that they compute, the others take one value.
 *
 * @param last the name of the step whose output the others take
 * @param length how many steps they are
 * @param output the shape of that output, the batch included
 * @param ofBothModes whether that output is the same in training and in inference
 */
public record FrozenPrefix(String last, int length, Shape output, boolean ofBothModes) {
    /** What a kept row takes besides its numbers. */
    private static final int ROW_BYTES = 96;

    /**
     * The longest that there is, found by a dry run; empty if there is none, or it has no parameters, so that it would
     * not be worth the memory.
     *
     * @param inputs the shape of each input of the network, the batch included
     */
    public static Optional<FrozenPrefix> of(Network network, List<Shape> inputs) {
        boolean frozen = network.parameters(inputs).stream().anyMatch(spec -> !spec.isTrained() && !spec.isState());
        return frozen ? longest(network, still(network, inputs), inputs) : Optional.empty();
    }

    /** The shapes of all inputs and outputs of steps, by name. */
    private static Map<String, Shape> shapes(Network network, List<Shape> inputs) {
        Map<String, Shape> shapes = new HashMap<>();
        for (int i = 0; i < inputs.size(); i++) {
            shapes.put(network.inputs().get(i), inputs.get(i));
        }
        for (Step step : network.steps()) {
            List<Shape> taken = step.inputs().stream().map(shapes::get).toList();
            shapes.put(step.name(), step.outputShape(taken));
        }
        return shapes;
    }

    /**
     * For each of the first steps that give the same outputs for the same inputs, whether it asks if it is in training.
     */
    private static List<Boolean> still(Network network, List<Shape> inputs) {
        DryRun dry = new DryRun();
        List<Boolean> still = new ArrayList<>();
        try (TensorScope scope = TensorScope.open()) {
            Map<String, Value> values = new HashMap<>();
            for (int i = 0; i < inputs.size(); i++) {
                values.put(network.inputs().get(i), Value.constant(dry.device().allocate(inputs.get(i))));
            }
            for (Step step : network.steps()) {
                List<Value> taken = step.inputs().stream().map(values::get).toList();
                List<ParameterSpec> specs =
                        step.parameters(taken.stream().map(Value::shape).toList());
                Context context = context(dry, specs);
                values.put(step.name(), step.forward(taken, context));
                if (specs.stream().anyMatch(ParameterSpec::isTrained)
                        || context.isRandom()
                        || !context.stateUpdates().isEmpty()) {
                    return still;
                }
                still.add(context.isModeUsed());
            }
            return still;
        }
    }

    private static Context context(DryRun dry, List<ParameterSpec> specs) {
        Map<String, Value> parameters = new HashMap<>();
        Set<String> constants = new HashSet<>();
        for (ParameterSpec spec : specs) {
            parameters.put(spec.name(), Value.constant(dry.device().allocate(spec.shape())));
            if (!spec.isTrained()) {
                constants.add(spec.name());
            }
        }
        return Context.training(dry.device(), parameters, 0, 0).withConstants(constants);
    }

    /** The longest part of the first {@code still} steps of which the others take one value. */
    private static Optional<FrozenPrefix> longest(Network network, List<Boolean> still, List<Shape> inputs) {
        Map<String, Shape> shapes = shapes(network, inputs);
        int images = inputs.get(0).dim(0);
        for (int length = Math.min(still.size(), network.steps().size() - 1); length > 0; length--) {
            Set<String> crossing = crossing(network, length);
            String last = network.steps().get(length - 1).name();
            boolean learnsNothing =
                    network.steps().subList(0, length).stream().noneMatch(step -> hasParameters(step, shapes));
            if (learnsNothing) {
                return Optional.empty();
            }
            Shape output = shapes.get(last);
            if (crossing.equals(Set.of(last)) && output.rank() > 0 && output.dim(0) == images) {
                boolean ofBothModes = !still.subList(0, length).contains(true);
                return Optional.of(new FrozenPrefix(last, length, output, ofBothModes));
            }
        }
        return Optional.empty();
    }

    private static boolean hasParameters(Step step, Map<String, Shape> shapes) {
        return !step.parameters(step.inputs().stream().map(shapes::get).toList())
                .isEmpty();
    }

    /** What is known before step {@code length}, and is needed from there on. */
    private static Set<String> crossing(Network network, int length) {
        Set<String> needed = new HashSet<>(network.outputSteps());
        network.steps().subList(length, network.steps().size()).forEach(step -> needed.addAll(step.inputs()));
        network.steps().subList(length, network.steps().size()).forEach(step -> needed.remove(step.name()));
        return needed;
    }

    /** What the outputs of so many rows take in Java's memory, in bytes. */
    public long keptBytes(long rows) {
        return rows * (output.withoutBatch().elements() * Float.BYTES + ROW_BYTES);
    }
}
