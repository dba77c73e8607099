package dev.tandem.analysis.explain;

import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.LayerStep;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.Step;
import dev.tandem.spi.Nearest;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The layers of a network whose outputs are maps, {@code (N, K, H, W)} of more than one place. */
public final class MapLayers {
    private static final String OPERATION = "maps of a layer";

    private final Network network;
    private final Map<String, Shape> shapes = new LinkedHashMap<>();

    /**
     * The layers that have maps.
     *
     * @param inputs the shape of each input of the network, the batch included
     */
    public MapLayers(Network network, List<Shape> inputs) {
        this.network = network;
        for (Step node : network.nodes()) {
            Shape shape = network.withOutputs(node.name()).outputShapes(inputs).get(0);
            if (shape.rank() == 4 && shape.dim(2) * shape.dim(3) > 1) {
                shapes.put(node.name(), shape);
            }
        }
    }

    /** Their names, in the network's order. */
    public List<String> names() {
        return List.copyOf(shapes.keySet());
    }

    /**
     * The shape of a layer's output, {@code (N, K, H, W)}.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) if it has no maps, or if there is no
     *     such layer
     */
    public Shape shape(String layer) {
        Shape shape = shapes.get(layer);
        if (shape == null) {
            boolean isThere =
                    network.nodes().stream().anyMatch(node -> node.name().equals(layer));
            throw TandemException.argument(
                    OPERATION,
                    isThere ? "the layer has no maps, but numbers that are nowhere in the image" : "no such layer",
                    layer,
                    shapes.isEmpty() ? "a network with maps" : "one of " + names(),
                    shapes.isEmpty() ? "" : "Use " + (isThere ? lastConvolution() : Nearest.to(layer, names())));
        }
        return shape;
    }

    /** The last convolution, {@code conv5} in the paper; the last layer with maps if there is no convolution. */
    public String lastConvolution() {
        String last = null;
        for (Step node : network.nodes()) {
            if (shapes.containsKey(node.name())
                    && node instanceof LayerStep step
                    && step.layer() instanceof Convolution) {
                last = node.name();
            }
        }
        if (last != null) {
            return last;
        }
        return names().stream()
                .reduce((first, second) -> second)
                .orElseThrow(() -> TandemException.argument(
                        OPERATION, "no layer has maps", "a network of numbers", "a network with a convolution", ""));
    }

    /** The activation right behind {@code layer}, if that is a convolution; otherwise {@code layer} itself. */
    public String activated(String layer) {
        shape(layer);
        boolean isConvolution = network.layers().get(layer) instanceof Convolution;
        return network.nodes().stream()
                .filter(node -> isConvolution && node.inputs().equals(List.of(layer)))
                .filter(node -> node instanceof LayerStep step && step.layer() instanceof Activation)
                .map(Step::name)
                .findFirst()
                .orElse(layer);
    }
}
