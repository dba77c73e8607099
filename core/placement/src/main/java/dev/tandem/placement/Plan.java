package dev.tandem.placement;

import dev.tandem.nn.layer.ChannelPart;
import dev.tandem.nn.layer.ChannelRange;
import dev.tandem.nn.layer.Layer;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.layer.Sequential;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * How each step of a network is divided over devices, settled before anything runs.
 *
 * @param network the network
 * @param devices the devices
 * @param specs the whole parameters
 * @param steps the steps, in order
 */
record Plan(Sequential network, List<Device> devices, List<ParameterSpec> specs, List<DividedStep> steps) {
    /**
     * One step.
     *
     * @param step the layer with its activation
     * @param axis how it is divided
     * @param channels its output channels
     * @param parts by device, what computes its share of the channels; empty unless divided by channel
     */
    record DividedStep(Sequential.Step step, Axis axis, int channels, List<ChannelPart> parts) {
        /** The output channels of device {@code index} of {@code devices}. */
        ChannelRange range(int index, int devices) {
            return axis == Axis.CHANNEL ? ChannelRange.part(channels, index, devices) : new ChannelRange(0, channels);
        }

        /** The channels of {@code input} that device {@code index} must see. */
        ChannelRange seen(int index, Divided input) {
            return axis == Axis.CHANNEL
                    ? parts.get(index).input()
                    : input.whole().channels();
        }
    }

    static Plan of(Sequential network, Shape input, PlacementTable table, List<Device> devices) {
        List<DividedStep> steps = new ArrayList<>();
        Shape shape = input;
        for (Sequential.Step step : network.steps()) {
            Shape output = step.layer().outputShape(shape);
            Axis axis = devices.size() == 1 ? Axis.NONE : table.axisOf(step.name());
            List<ChannelPart> parts = List.of();
            if (axis == Axis.CHANNEL) {
                parts = parts(step.layer(), shape, output, devices.size());
                // A layer that cannot be divided by channel is gathered: right under every placement.
                axis = parts.isEmpty() ? Axis.NONE : Axis.CHANNEL;
            }
            steps.add(new DividedStep(step, axis, output.rank() < 2 ? 1 : output.dim(1), parts));
            shape = output;
        }
        return new Plan(network, devices, network.parameters(input), List.copyOf(steps));
    }

    private static List<ChannelPart> parts(Layer layer, Shape input, Shape output, int devices) {
        if (output.rank() < 2 || input.rank() < 2 || output.dim(1) < devices) {
            return List.of();
        }
        int channels = output.dim(1);
        if (layer.parameters(input).stream()
                .anyMatch(spec -> spec.shape().rank() == 0 || spec.shape().dim(0) != channels)) {
            return List.of();
        }
        List<ChannelPart> parts = new ArrayList<>();
        for (int index = 0; index < devices; index++) {
            ChannelPart part = layer.part(ChannelRange.part(channels, index, devices), input);
            if (part == null) {
                return List.of();
            }
            parts.add(part);
        }
        return List.copyOf(parts);
    }

    /** The step that owns the parameter of this name. */
    DividedStep owner(String parameter) {
        String layer = parameter.substring(0, parameter.indexOf('.'));
        return steps.stream()
                .filter(s -> s.step().name().equals(layer))
                .findFirst()
                .orElseThrow();
    }
}
