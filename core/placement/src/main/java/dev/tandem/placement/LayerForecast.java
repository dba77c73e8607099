package dev.tandem.placement;

import dev.tandem.spi.Shape;
import java.util.List;

/**
 * Where one layer lives, and what a training step costs there. The loss is the last, called {@code (loss)}.
 *
 * @param name the layer's name
 * @param axis how it is divided
 * @param parameters the whole shapes of its parameters
 * @param output the whole output, the batch included
 * @param parts by device
 */
public record LayerForecast(String name, Axis axis, List<Shape> parameters, Shape output, List<Part> parts) {
    public LayerForecast {
        parameters = List.copyOf(parameters);
        parts = List.copyOf(parts);
    }

    /**
     * One device's part.
     *
     * @param parameters the shapes of what lies there of its parameters; empty for none
     * @param input what the device sees of the input, gathered; null where it computes nothing
     * @param output what it computes of the output; null likewise
     * @param sources the devices that the input is gathered from, besides this one
     * @param received what comes to it from other devices
     * @param multiplyAdds multiply-adds of its convolutions and matrix products, forward and backward
     */
    public record Part(
            List<Shape> parameters,
            Shape input,
            Shape output,
            List<Integer> sources,
            Received received,
            long multiplyAdds) {
        public Part {
            parameters = List.copyOf(parameters);
            sources = List.copyOf(sources);
        }
    }

    /**
     * Bytes that come from other devices in a training step.
     *
     * @param gathered forward: of the input
     * @param weights forward: parameters that lie elsewhere
     * @param reduced backward: gradients by parameters that lie here
     * @param scattered backward: gradients by the input's part that was computed here
     */
    public record Received(long gathered, long weights, long reduced, long scattered) {
        /** All of it. */
        public long bytes() {
            return gathered + weights + reduced + scattered;
        }
    }

    /** What comes to all devices together. */
    public Received received() {
        return parts.stream()
                .map(Part::received)
                .reduce(
                        new Received(0, 0, 0, 0),
                        (a, b) -> new Received(
                                a.gathered + b.gathered,
                                a.weights + b.weights,
                                a.reduced + b.reduced,
                                a.scattered + b.scattered));
    }
}
