package dev.tandem.placement;

import dev.tandem.spi.Shape;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How one layer is divided over devices, and what it costs each of them in a training step. The loss counts as a layer,
 * called {@code (loss)}.
 *
 * @param name the layer's name
 * @param inputs the names of the layers whose outputs it takes, and of inputs of the network
 * @param axis how it is divided
 * @param parameters the whole shapes of its parameters
 * @param output the whole output, the batch included
 * @param shards by device
 */
public record LayerForecast(
        String name, List<String> inputs, Axis axis, List<Shape> parameters, Shape output, List<Shard> shards) {
    public LayerForecast {
        inputs = List.copyOf(inputs);
        parameters = List.copyOf(parameters);
        shards = List.copyOf(shards);
    }

    /**
     * One device's shard of the layer.
     *
     * @param parameters the shapes of the layer's parameters, or their shards, on this device; empty for none
     * @param inputs the shapes of the inputs that the device gathers; empty if it computes nothing
     * @param output the shape of the output that it computes; null if it computes nothing
     * @param sources the other devices that the inputs are gathered from
     * @param received bytes from other devices
     * @param multiplyAdds multiply-adds of its convolutions and matrix products, forward and backward
     */
    public record Shard(
            List<Shape> parameters,
            List<Shape> inputs,
            @Nullable Shape output,
            List<Source> sources,
            Received received,
            long multiplyAdds) {
        public Shard {
            parameters = List.copyOf(parameters);
            inputs = List.copyOf(inputs);
            sources = List.copyOf(sources);
        }
    }

    /**
     * Where some of an input comes from.
     *
     * @param layer the layer whose output it is
     * @param device the index of the device that computed it
     */
    public record Source(String layer, int device) {}

    /**
     * Bytes that come from other devices in a training step.
     *
     * @param gathered forward: the input
     * @param weights forward: parameters that are on other devices
     * @param reduced backward: gradients with respect to parameters that are on this device
     * @param scattered backward: gradients with respect to the input that this device computed
     */
    public record Received(long gathered, long weights, long reduced, long scattered) {
        /** The sum. */
        public long bytes() {
            return gathered + weights + reduced + scattered;
        }
    }

    /** The bytes that all devices together receive. */
    public Received received() {
        return shards.stream()
                .map(Shard::received)
                .reduce(
                        new Received(0, 0, 0, 0),
                        (a, b) -> new Received(
                                a.gathered + b.gathered,
                                a.weights + b.weights,
                                a.reduced + b.reduced,
                                a.scattered + b.scattered));
    }
}
