package dev.tandem.placement;

import dev.tandem.nn.layer.ChannelRange;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.layer.Step;
import dev.tandem.nn.layer.StepShard;
import dev.tandem.spi.Device;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How each step of a network is divided over devices; decided before anything runs.
 *
 * @param network the network
 * @param devices the devices
 * @param inputs the network's inputs, the batch included
 * @param owners for each parameter, the step that it belongs to, in the network's order
 * @param steps the steps, in order, each after those whose outputs it takes
 */
record Plan(
        Network network,
        List<Device> devices,
        List<Shape> inputs,
        Map<ParameterSpec, ShardedStep> owners,
        List<ShardedStep> steps) {
    /**
     * One step.
     *
     * @param step the layer with its activation, or the merge
     * @param axis how it is divided
     * @param inputs its whole inputs
     * @param output its whole output
     * @param shards for each device, how it computes its output channels; empty unless the axis is CHANNEL
     */
    record ShardedStep(Step step, Axis axis, List<Shape> inputs, Shape output, List<StepShard> shards) {
        /**
         * The output that device {@code index} of {@code devices} computes for {@code images} images; null for none.
         */
        ShardExtent extent(int index, int devices, int images) {
            ChannelRange all = new ChannelRange(0, channels());
            ChannelRange rows = ChannelRange.shard(images, index, devices);
            return switch (axis) {
                case NONE -> index == 0 ? new ShardExtent(0, images, all) : null;
                case CHANNEL -> new ShardExtent(0, images, ChannelRange.shard(channels(), index, devices));
                case BATCH -> rows.length() == 0 ? null : new ShardExtent(rows.from(), rows.length(), all);
            };
        }

        /**
         * What device {@code index} needs of input {@code input} to compute {@code output}; null if it needs none of
         * that input.
         */
        ShardExtent needed(int index, ShardExtent output, int input) {
            ChannelRange channels = axis == Axis.CHANNEL
                    ? shards.get(index).inputs().get(input)
                    : new ChannelRange(0, channels(inputs.get(input)));
            return channels.length() == 0 ? null : new ShardExtent(output.firstImage(), output.images(), channels);
        }

        /**
         * The channels of input {@code input} that device {@code index} passes to the step to compute {@code output}.
         * Those that are not {@linkplain #needed needed} are zeros.
         *
         * @param alignment the multiple at which the device prefers ranges of channels to begin and end
         */
        ChannelRange padded(int index, ShardExtent output, int input, int alignment) {
            return axis == Axis.CHANNEL
                    ? shards.get(index).padded(input, output.channels(), alignment)
                    : needed(index, output, input).channels();
        }

        /** This step as {@code other}, which differs in the activation fused into it. */
        ShardedStep with(Step other, int devices) {
            return new ShardedStep(
                    other,
                    axis,
                    inputs,
                    output,
                    axis == Axis.CHANNEL ? divided(other, inputs, output, devices) : shards);
        }

        /** The activation that was fused into this step, by itself: divided as this step is. */
        ShardedStep separate(Step activation, int devices) {
            List<Shape> same = List.of(output);
            return new ShardedStep(
                    activation,
                    axis,
                    same,
                    output,
                    axis == Axis.CHANNEL ? divided(activation, same, output, devices) : List.of());
        }

        /** The output channels. */
        int channels() {
            return channels(output);
        }

        private static int channels(Shape shape) {
            return shape.rank() < 2 ? 1 : shape.dim(1);
        }
    }

    /**
     * Divides {@code network} for inputs of these shapes by {@code table}.
     *
     * @param trainable whether it will be trained. Then each device must have the same number of images. Batches that
     *     are only evaluated may have any number
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) if it cannot be divided so
     */
    static Plan of(Network network, List<Shape> inputs, PlacementTable table, List<Device> devices, boolean trainable) {
        requireInputs(network, inputs);
        table.requireMatches(network.nodes().stream().map(Step::name).toList());
        Map<String, Shape> shapes = new HashMap<>();
        IntStream.range(0, inputs.size())
                .forEach(i -> shapes.put(network.inputs().get(i), inputs.get(i)));
        int images = inputs.get(0).dim(0);
        List<ShardedStep> steps = new ArrayList<>();
        Map<ParameterSpec, ShardedStep> owners = new LinkedHashMap<>();
        for (Step step : network.steps()) {
            List<Shape> taken = step.inputs().stream().map(shapes::get).toList();
            Shape output = step.outputShape(taken);
            Axis axis = devices.size() == 1 ? Axis.NONE : table.axisOf(step.name());
            List<StepShard> shards = List.of();
            if (axis == Axis.CHANNEL) {
                shards = divided(step, taken, output, devices.size());
                // A step that does not define shards runs whole: its input is gathered on the first device.
                axis = shards.isEmpty() ? Axis.NONE : Axis.CHANNEL;
            }
            if (trainable && axis == Axis.BATCH && images % devices.size() != 0) {
                throw TandemException.of(
                        ErrorCode.INVALID_CONFIGURATION,
                        "placement of " + step.name(),
                        "the batch does not divide over the devices",
                        images + " images over " + devices.size() + " devices",
                        "a multiple of " + devices.size(),
                        "Use another batch size, or another number of devices");
            }
            ShardedStep sharded = new ShardedStep(step, axis, taken, output, shards);
            steps.add(sharded);
            shapes.put(step.name(), output);
            step.parameters(taken).forEach(spec -> owners.put(spec, sharded));
        }
        for (String name : network.outputSteps()) {
            Shape output = shapes.get(name);
            if (output.rank() == 0 || output.dim(0) != images) {
                throw TandemException.argument(
                        "placement",
                        "an output of the network has no row for each image",
                        output,
                        "(" + images + ", ...)",
                        "Keep the batch as the first axis");
            }
        }
        return new Plan(network, devices, inputs, owners, List.copyOf(steps));
    }

    private static void requireInputs(Network network, List<Shape> inputs) {
        if (network.steps().isEmpty()) {
            throw TandemException.argument("placement", "the network is empty", "no layer", "one layer or more", "");
        }
        if (inputs.size() != network.inputs().size()
                || inputs.stream().map(shape -> shape.dim(0)).distinct().count() > 1) {
            throw TandemException.argument(
                    "placement",
                    "the inputs do not fit the network",
                    inputs,
                    "a shape (N, ...) for each of " + network.inputs() + " with one N",
                    "");
        }
    }

    /** The step's shards; none if it does not define any, or if it has fewer channels than there are devices. */
    private static List<StepShard> divided(Step step, List<Shape> inputs, Shape output, int devices) {
        if (output.rank() < 2 || inputs.stream().anyMatch(input -> input.rank() < 2) || output.dim(1) < devices) {
            return List.of();
        }
        int channels = output.dim(1);
        if (step.shard(new ChannelRange(0, channels), inputs) == null
                || step.parameters(inputs).stream()
                        .anyMatch(
                                spec -> spec.shape().rank() == 0 || spec.shape().dim(0) != channels)) {
            return List.of();
        }
        List<StepShard> shards = new ArrayList<>();
        for (int index = 0; index < devices; index++) {
            ChannelRange range = ChannelRange.shard(channels, index, devices);
            StepShard shard = step.shard(range, inputs);
            if (shard == null) {
                throw TandemException.of(
                        ErrorCode.INVALID_CONFIGURATION,
                        "placement of " + step.name(),
                        "its groups of channels do not divide over the devices",
                        "channels " + range.from() + " to " + (range.to() - 1) + " of " + channels + " for one of "
                                + devices,
                        "whole groups for each device, or equal shards of one",
                        "Use another number of devices, or give the layer another axis in the placement table");
            }
            shards.add(shard);
        }
        return List.copyOf(shards);
    }

    /** The whole parameters. */
    List<ParameterSpec> specs() {
        return List.copyOf(owners.keySet());
    }

    /**
     * This plan for the outputs of the layers, or networks in the network, of these names.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_ARGUMENT}) if there is no such layer
     */
    Plan withOutputs(String... names) {
        Network part = network.withOutputs(names);
        Map<String, ShardedStep> taken = new LinkedHashMap<>();
        for (Step step : part.steps()) {
            ShardedStep whole = producer(step.name());
            ShardedStep changed = whole == null
                    ? taken.get(step.inputs().get(0)).separate(step, devices.size())
                    : whole.with(step, devices.size());
            taken.put(step.name(), changed);
        }
        return new Plan(part, devices, inputs, owners, List.copyOf(taken.values()));
    }

    /** The names of the parameters that are not trained. */
    Set<String> constants() {
        return specs().stream()
                .filter(spec -> !spec.isTrained())
                .map(ParameterSpec::name)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** The step whose output has this name; null for an input of the network. */
    ShardedStep producer(String name) {
        return steps.stream()
                .filter(step -> step.step().name().equals(name))
                .findFirst()
                .orElse(null);
    }

    /** The steps whose outputs are the network's. */
    List<ShardedStep> outputs() {
        return network.outputSteps().stream().map(this::producer).toList();
    }

    /** The step that owns {@code parameter}. */
    ShardedStep owner(ParameterSpec parameter) {
        return owners.get(parameter);
    }
}
