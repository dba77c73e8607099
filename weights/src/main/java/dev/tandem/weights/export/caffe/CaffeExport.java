package dev.tandem.weights.export.caffe;

import dev.tandem.nn.file.ProtoMessage;
import dev.tandem.nn.loss.CrossEntropy;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.export.source.ExportSource;
import dev.tandem.weights.published.SideInformation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model as three files of Caffe's.
 *
 * @param weights the NetParameter; its weights are read when it is written
 * @param prototxt the deploy net, whose outputs are the last layer's and {@code prob}, their softmax, if the recipe is
 *     trained for one class of several
 * @param mean the mean of images, in blue, green, red; empty if the inputs are no photographs
 * @param steps what a user of the net has to do with an image
 */
public record CaffeExport(ProtoMessage weights, String prototxt, Optional<ProtoMessage> mean, List<String> steps) {
    /**
     * The field of NetParameter that holds what an exported file holds beside its weights, a message of key and value.
     * Caffe's own fields end at 200, and other programs pass over what they do not know.
     */
    private static final int METADATA = 10_000;

    private static final Map<String, String> NETS = Map.of("caffe", "AlexNet", "caffenet", "CaffeNet");

    public CaffeExport {
        steps = List.copyOf(steps);
    }

    /**
     * The model in Caffe's terms.
     *
     * @param meanFile what the file of the mean will be called
     * @throws TandemException if Caffe has no such layer
     */
    public static CaffeExport of(ExportSource source, String meanFile) {
        Recipe recipe = source.recipe();
        CaffeInput input = new CaffeInput(source);
        List<String> comments = new ArrayList<>();
        comments.add("Recipe " + recipe.name() + ", exported by Tandem.");
        List<String> steps = input.steps(meanFile);
        if (!steps.isEmpty()) {
            comments.add("What is done with an image:");
            steps.forEach(step -> comments.add("  " + step));
        }
        CaffeGraph graph = new CaffeGraph(NETS.getOrDefault(recipe.name(), recipe.name()), comments);
        String output =
                new CaffeLayers(graph, source, input).network(recipe.network(), input.addTo(graph), recipe.input(1));
        if (recipe.training().loss() instanceof CrossEntropy) {
            graph.layer("Softmax", "prob", List.of(output), "");
        }
        ProtoMessage side = new ProtoMessage()
                .text(1, SideInformation.KEY)
                .text(2, source.side().toJsonWithMeanImage());
        ProtoMessage weights = graph.weights().message(METADATA, side);
        return new CaffeExport(weights, graph.prototxt(), input.mean(), steps);
    }
}
