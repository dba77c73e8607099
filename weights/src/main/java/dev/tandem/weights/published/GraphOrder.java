package dev.tandem.weights.published;

import dev.tandem.weights.onnx.OnnxFile;
import dev.tandem.weights.onnx.OnnxNode;
import dev.tandem.weights.published.NamedTensors.Arrangements;
import dev.tandem.weights.published.NamedTensors.Conversion;
import dev.tandem.weights.tensor.StoredTensor;
import dev.tandem.weights.tensor.TensorFile;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The tensors of an ONNX graph by the order of its operations, as their names are what an exporter likes: five
 * convolutions, then three matrix products. A net with response normalization is one of Caffe's.
 */
final class GraphOrder {
    private static final int CONVOLUTIONS = 5;
    private static final int MATRICES = 3;
    private static final Set<String> PRODUCTS = Set.of("Gemm", "MatMul");

    private final Map<String, StoredTensor> tensors;
    private final Map<String, List<StoredTensor>> parameters = new LinkedHashMap<>();

    private GraphOrder(OnnxFile file) {
        this.tensors = file.tensors().stream().collect(Collectors.toMap(StoredTensor::name, Function.identity()));
    }

    static Optional<NamedTensors> of(TensorFile file) {
        return file instanceof OnnxFile graph ? new GraphOrder(graph).read(graph) : Optional.empty();
    }

    private Optional<NamedTensors> read(OnnxFile graph) {
        List<OnnxNode> convolutions = ofTypes(graph, Set.of("Conv"));
        List<OnnxNode> products = ofTypes(graph, PRODUCTS);
        if (convolutions.size() != CONVOLUTIONS || products.size() != MATRICES) {
            return Optional.empty();
        }
        boolean turned = false;
        for (int i = 0; i < CONVOLUTIONS + MATRICES; i++) {
            OnnxNode node = i < CONVOLUTIONS ? convolutions.get(i) : products.get(i - CONVOLUTIONS);
            put((i < CONVOLUTIONS ? "conv" : "fc") + (i + 1), node, graph);
            turned |= node.type().equals("MatMul") || node.type().equals("Gemm") && node.integer("transB", 0) == 0;
        }
        boolean isCaffe = normalizes(graph);
        Set<StoredTensor> used = new HashSet<>();
        parameters.values().forEach(used::addAll);
        return Optional.of(new NamedTensors(
                isCaffe ? CaffeNames.NET : TorchvisionNames.NET,
                isCaffe ? CaffeNames.recipe(poolsFirst(graph)) : TorchvisionLayers.RECIPE,
                parameters,
                graph.tensors().stream()
                        .filter(tensor ->
                                !used.contains(tensor) && tensor.shape().rank() > 1)
                        .toList(),
                Optional.of(
                        turned
                                ? new Arrangements(Arrangement.OUT_IN_HEIGHT_WIDTH, Arrangement.IN_OUT)
                                : Arrangements.OWN),
                isCaffe ? Conversion.BLUE_FIRST : Conversion.NONE));
    }

    /** Whether it has local response normalization, as Caffe's nets have and torchvision's has not. */
    static boolean normalizes(OnnxFile graph) {
        return !ofTypes(graph, Set.of("LRN")).isEmpty();
    }

    /** Whether it has its first pooling before its first normalization. */
    static boolean poolsFirst(OnnxFile graph) {
        List<OnnxNode> either = ofTypes(graph, Set.of("LRN", "MaxPool"));
        return !either.isEmpty() && either.get(0).type().equals("MaxPool");
    }

    /** The nodes of some types, in the order of the graph. */
    static List<OnnxNode> ofTypes(OnnxFile graph, Set<String> types) {
        return graph.nodes().stream()
                .filter(node -> types.contains(node.type()))
                .toList();
    }

    /** The weights that a node reads, and its biases: those of a matrix product may be added by the next node. */
    private void put(String layer, OnnxNode node, OnnxFile graph) {
        List<StoredTensor> read = new ArrayList<>(own(node));
        if (node.type().equals("MatMul") && !node.outputs().isEmpty()) {
            graph.nodes().stream()
                    .filter(next -> next.type().equals("Add")
                            && next.inputs().contains(node.outputs().get(0)))
                    .findFirst()
                    .ifPresent(next -> read.addAll(own(next)));
        }
        if (!read.isEmpty()) {
            parameters.put(layer + ".weight", List.of(read.get(0)));
        }
        if (read.size() > 1) {
            parameters.put(layer + ".bias", List.of(read.get(1)));
        }
    }

    private List<StoredTensor> own(OnnxNode node) {
        return node.inputs().stream()
                .filter(tensors::containsKey)
                .map(tensors::get)
                .toList();
    }
}
