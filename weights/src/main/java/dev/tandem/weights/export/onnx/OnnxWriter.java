package dev.tandem.weights.export.onnx;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.file.ProtoMessage;
import dev.tandem.nn.loss.CrossEntropy;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.export.source.ExportSource;
import dev.tandem.weights.export.source.PixelArithmetic;
import dev.tandem.weights.published.SideInformation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model of ONNX: {@code images (N, C, H, W)}, or another name if the inputs are no photographs, into
 * {@code logits (N, classes)} and {@code probabilities}, their softmax, if the recipe is trained for one class of
 * several. The batch axis is free.
 */
public final class OnnxWriter {
    /** Of ONNX 1.8, which runtimes since 2020 read. */
    private static final int IR_VERSION = 7;

    private static final int OPSET = 13;

    private static final String LOGITS = "logits";
    private static final String PROBABILITIES = "probabilities";

    private final ExportSource source;
    private final boolean withPreprocessing;
    private final OnnxGraph graph;

    private OnnxWriter(ExportSource source, boolean withPreprocessing) {
        this.source = source;
        this.withPreprocessing = withPreprocessing;
        this.graph = new OnnxGraph(source.recipe().name());
    }

    /**
     * The model; its weights are read when it is written.
     *
     * @param withPreprocessing whether the graph takes {@code pixels (N, 3, cropSize, cropSize)}, red, green and
     *     blue in 8 bits, and does with them what is done before the network
     * @throws TandemException if a layer is of a kind that cannot be written, or there is no preprocessing to write
     */
    public static ProtoMessage model(ExportSource source, boolean withPreprocessing) {
        return new OnnxWriter(source, withPreprocessing).model();
    }

    /** What a user of the model has to know. */
    public static List<String> notes(ExportSource source, boolean withPreprocessing) {
        Optional<ImageInput> images = source.side().description().input();
        if (images.isEmpty()) {
            return List.of();
        }
        Preprocessing preprocessing = images.get().preprocessing();
        int crop = preprocessing.cropSize();
        return List.of(
                withPreprocessing
                        ? "input: pixels, uint8 (N, 3, " + crop + ", " + crop + "), red, green and blue of the crop"
                        : "input: images, float32 (N, " + preprocessing.channels() + ", " + crop + ", " + crop
                                + "), made as the file's metadata say: preprocessing",
                "resize before: " + PixelArithmetic.resizeInWords(preprocessing));
    }

    private ProtoMessage model() {
        addGraph();
        ProtoMessage model = new ProtoMessage()
                .number(1, IR_VERSION)
                .text(2, "Tandem")
                .message(8, new ProtoMessage().text(1, "").number(2, OPSET));
        metadata()
                .forEach((key, value) ->
                        model.message(14, new ProtoMessage().text(1, key).text(2, value)));
        return model.message(7, graph.message());
    }

    private void addGraph() {
        Recipe recipe = source.recipe();
        List<Shape> samples = recipe.samples();
        List<String> inputs = recipe.network().inputs();
        Optional<ImageInput> images = source.side().description().input();
        if (images.isPresent() && inputs.size() == 1) {
            inputs = List.of("images");
        }
        if (withPreprocessing) {
            OnnxPreprocessing.addTo(graph, requireImages(images, inputs.size()), inputs.get(0));
        } else {
            for (int i = 0; i < inputs.size(); i++) {
                graph.input(inputs.get(i), OnnxGraph.FLOAT, samples.get(i));
            }
        }
        List<String> made = new OnnxLayers(graph, source).network("", recipe.network(), inputs, recipe.inputs(1));
        List<Shape> shapes = recipe.network().outputShapes(recipe.inputs(1));
        for (int i = 0; i < made.size(); i++) {
            addOutput(made.size() == 1 ? LOGITS : recipe.network().outputs().get(i), made.get(i), shapes.get(i));
        }
        if (made.size() == 1 && recipe.training().loss() instanceof CrossEntropy) {
            graph.node("Softmax", PROBABILITIES, List.of(LOGITS), OnnxAttribute.number("axis", 1));
            graph.output(PROBABILITIES, shapes.get(0).withoutBatch());
        }
    }

    private void addOutput(String name, String made, Shape shape) {
        if (!name.equals(made)) {
            graph.node("Identity", name, List.of(made));
        }
        graph.output(name, shape.withoutBatch());
    }

    private static ImageInput requireImages(Optional<ImageInput> images, int inputs) {
        if (images.isEmpty() || inputs != 1) {
            throw TandemException.argument(
                    "export as onnx",
                    "no preprocessing is known",
                    images.isEmpty() ? "a model whose inputs are no photographs" : inputs + " inputs",
                    "a model of photographs",
                    "Export without preprocessing");
        }
        return images.get();
    }

    private Map<String, String> metadata() {
        Map<String, String> metadata = new LinkedHashMap<>();
        source.side()
                .description()
                .input()
                .ifPresent(input -> metadata.putAll(OnnxPreprocessing.words(input, withPreprocessing)));
        ArrayNode classes = new ObjectMapper().createArrayNode();
        source.side().classNames().forEach(classes::add);
        metadata.put("classes", classes.toString());
        metadata.put(SideInformation.KEY, source.side().toJsonWithMeanImage());
        return metadata;
    }
}
