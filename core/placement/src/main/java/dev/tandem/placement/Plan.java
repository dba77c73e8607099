package dev.tandem.placement;

import dev.tandem.nn.layer.ChannelRange;
import dev.tandem.nn.layer.ChannelShard;
import dev.tandem.nn.layer.Layer;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.ParameterName;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.spi.Device;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.UnaryFunction;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How each step of a network is divided over devices; decided before anything runs.
 *
 * @param network the network
 * @param devices the devices
 * @param specs the whole parameters
 * @param steps the steps, in order
 */
record Plan(Network network, List<Device> devices, List<ParameterSpec> specs, List<ShardedStep> steps) {
    /**
     * One step.
     *
     * @param step the layer with its activation
     * @param axis how it is divided
     * @param input its whole input
     * @param output its whole output
     * @param shards for each device, how it computes its output channels; empty unless the axis is CHANNEL
     */
    record ShardedStep(Network.Step step, Axis axis, Shape input, Shape output, List<ChannelShard> shards) {
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

        /** The input that device {@code index} needs to compute {@code output}. */
        ShardExtent needed(int index, ShardExtent output) {
            ChannelRange all = new ChannelRange(0, channels(input));
            return new ShardExtent(
                    output.firstImage(),
                    output.images(),
                    axis == Axis.CHANNEL ? shards.get(index).input() : all);
        }

        /**
         * The input channels that device {@code index} passes to the layer to compute {@code output}. Those that are
         * not {@linkplain #needed needed} are zeros.
         *
         * @param alignment the multiple at which the device prefers ranges of channels to begin and end
         */
        ChannelRange padded(int index, ShardExtent output, int alignment) {
            return axis == Axis.CHANNEL
                    ? shards.get(index).padded(output.channels(), alignment)
                    : needed(index, output).channels();
        }

        /** This step without the activation fused into it. */
        ShardedStep unfused() {
            return new ShardedStep(
                    new Network.Step(step.name(), step.layer(), UnaryFunction.IDENTITY), axis, input, output, shards);
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
     * Divides {@code network} for inputs of shape {@code input} by {@code table}.
     *
     * @param trainable whether it will be trained. Then each device must have the same number of images. Batches that
     *     are only evaluated may have any number
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) if it cannot be divided so
     */
    static Plan of(Network network, Shape input, PlacementTable table, List<Device> devices, boolean trainable) {
        if (network.steps().isEmpty()) {
            throw TandemException.argument("placement", "the network is empty", "no layer", "one layer or more", "");
        }
        List<ShardedStep> steps = new ArrayList<>();
        Shape shape = input;
        for (Network.Step step : network.steps()) {
            Shape output = step.layer().outputShape(shape);
            Axis axis = devices.size() == 1 ? Axis.NONE : table.axisOf(step.name());
            List<ChannelShard> shards = List.of();
            if (axis == Axis.CHANNEL) {
                shards = shards(step, shape, output, devices.size());
                // A layer that does not define shards runs whole: its input is gathered on the first device.
                axis = shards.isEmpty() ? Axis.NONE : Axis.CHANNEL;
            }
            if (trainable && axis == Axis.BATCH && input.dim(0) % devices.size() != 0) {
                throw TandemException.of(
                        ErrorCode.INVALID_CONFIGURATION,
                        "placement of " + step.name(),
                        "the batch does not divide over the devices",
                        input.dim(0) + " images over " + devices.size() + " devices",
                        "a multiple of " + devices.size(),
                        "Use another batch size, or another number of devices");
            }
            steps.add(new ShardedStep(step, axis, shape, output, shards));
            shape = output;
        }
        if (shape.rank() != 2 || shape.dim(0) != input.dim(0)) {
            throw TandemException.argument(
                    "placement",
                    "the network does not end in a row of logits for each image",
                    shape,
                    input.dim(0) + " rows of one number a class",
                    "End it in a linear layer, or flatten its last maps");
        }
        return new Plan(network, devices, network.parameters(input), List.copyOf(steps));
    }

    /** The layer's shards; none if it does not define any, or if it has fewer channels than there are devices. */
    private static List<ChannelShard> shards(Network.Step step, Shape input, Shape output, int devices) {
        if (output.rank() < 2 || input.rank() < 2 || output.dim(1) < devices) {
            return List.of();
        }
        Layer layer = step.layer();
        int channels = output.dim(1);
        if (layer.shard(new ChannelRange(0, channels), input) == null
                || layer.parameters(input).stream()
                        .anyMatch(
                                spec -> spec.shape().rank() == 0 || spec.shape().dim(0) != channels)) {
            return List.of();
        }
        List<ChannelShard> shards = new ArrayList<>();
        for (int index = 0; index < devices; index++) {
            ChannelRange range = ChannelRange.shard(channels, index, devices);
            ChannelShard shard = layer.shard(range, input);
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

    /** One input of the network, without the batch axis. */
    Shape sample() {
        return steps.get(0).input().withoutBatch();
    }

    /**
     * The steps up to the layer called {@code name}, so that the last one's output is that layer's.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_ARGUMENT}) if there is no such layer
     */
    List<ShardedStep> stepsUntil(String name) {
        List<String> layers = List.copyOf(network.layers().keySet());
        if (!layers.contains(name)) {
            throw TandemException.argument("features", "no such layer", name, "one of " + layers, "");
        }
        List<ShardedStep> until = new ArrayList<>();
        for (ShardedStep step : steps) {
            // An activation that is fused into a step has no step of its own: it ends with that step.
            if (layers.indexOf(step.step().name()) > layers.indexOf(name)) {
                break;
            }
            until.add(step.step().name().equals(name) ? step.unfused() : step);
        }
        return until;
    }

    /** The names of the parameters that are not trained. */
    Set<String> constants() {
        return specs.stream()
                .filter(spec -> !spec.isTrained())
                .map(ParameterSpec::name)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** The step that owns the parameter of this name. */
    ShardedStep owner(String parameter) {
        String layer = ParameterName.parse(parameter).layer();
        return steps.stream()
                .filter(s -> s.step().name().equals(layer))
                .findFirst()
                .orElseThrow();
    }
}
