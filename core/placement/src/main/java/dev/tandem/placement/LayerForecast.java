package dev.tandem.placement;

import dev.tandem.spi.Shape;
import java.util.List;

/**
 * How one layer is divided over devices, and what it costs each of them in a training step. The loss counts as a layer,
 * called {@code (loss)}.
 *
 * @param name the layer's name
 * @param axis how it is divided
 * @param parameters the whole shapes of its parameters
 * @param output the whole output, the batch included
 * @param shards by device
 */
public record LayerForecast(String name, Axis axis, List<Shape> parameters, Shape output, List<Shard> shards) {
    public LayerForecast {
        parameters = List.copyOf(parameters);
        shards = List.copyOf(shards);
    }

    /**
     * One device's shard of the layer.
     *
     * @param parameters the shapes of the layer's parameters, or their shards, on this device; empty for none
     * @param input the shape of the input that the device gathers; null if it computes nothing
     * @param output the shape of the output that it computes; null if it computes nothing
     * @param sources the other devices that the input is gathered from
     * @param received bytes from other devices
     * @param multiplyAdds multiply-adds of its convolutions and matrix products, forward and backward
     */
    public record Shard(
            List<Shape> parameters,
            Shape input,
            Shape output,
            List<Integer> sources,
            Received received,
            long multiplyAdds) {
        public Shard {
            parameters = List.copyOf(parameters);
            sources = List.copyOf(sources);
        }
    }

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
