package dev.tandem.web.service;

import dev.tandem.nn.data.Views;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.runtime.Classifier;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import io.javalin.http.NotFoundResponse;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A net that answers over HTTP.
 *
 * @param name what clients call it: letters, digits and {@code . _ -}
 * @param classifier what answers; whoever opened it closes it
 * @param views the crops of an image unless a request says otherwise
 */
public record ServedNet(String name, Classifier classifier, Views views) {
    private static final String NAME = "[A-Za-z0-9._-]{1,64}";

    public ServedNet {
        requireName(name);
    }

    /**
     * Checks that clients can write a name in an address.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) if they cannot
     */
    public static void requireName(String name) {
        if (!name.matches(NAME)) {
            throw TandemException.argument(
                    "--name", "not a name for clients", name, "1 to 64 letters, digits and . _ -", "");
        }
    }

    /** The names of the layers, in order. */
    List<String> layers() {
        return List.copyOf(network().layers().keySet());
    }

    /** A layer whose features are of use: the one before the last with parameters, such as fc7; else the last. */
    public String lastHidden() {
        List<String> withParameters = network().parameters(classifier.recipe().input(1)).stream()
                .map(ParameterSpec::name)
                .map(name -> name.substring(0, Math.max(0, name.lastIndexOf('.'))))
                .filter(layers()::contains)
                .distinct()
                .toList();
        List<String> names = withParameters.size() < 2 ? layers() : withParameters;
        return names.get(Math.max(0, names.size() - 2));
    }

    /** The shape of what a layer makes of an image. */
    Shape layerShape(String layer) {
        try {
            Network cut = network().withOutputs(layer);
            return cut.outputShape(classifier.recipe().input(1)).withoutBatch();
        } catch (TandemException e) {
            throw new NotFoundResponse(e.getMessage());
        }
    }

    /** The extents of the network's input, without the batch. */
    List<Integer> input() {
        return extents(classifier.recipe().input(1).withoutBatch());
    }

    static List<Integer> extents(Shape shape) {
        return IntStream.range(0, shape.rank()).mapToObj(shape::dim).toList();
    }

    private Network network() {
        return classifier.recipe().network();
    }
}
