package dev.tandem.weights.published;

import dev.tandem.spi.TandemException;
import dev.tandem.weights.onnx.OnnxFile;
import dev.tandem.weights.onnx.OnnxNode;
import dev.tandem.weights.tensor.StoredTensor;
import dev.tandem.weights.tensor.TensorFile;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Whether what a file says of its net's layers, as a graph or a list, is what the recipe does. Names and shapes of
 * weights do not tell it: a net of other strides or another normalization would be imported and give nonsense.
 */
final class GraphCheck {
    private static final Set<String> OPERATORS = Set.of(
            "Conv",
            "Relu",
            "MaxPool",
            "LRN",
            "Gemm",
            "MatMul",
            "Add",
            "Flatten",
            "Reshape",
            "Dropout",
            "Softmax",
            "LogSoftmax",
            "AveragePool",
            "Identity",
            "Constant",
            "Shape",
            "Gather",
            "Unsqueeze",
            "Squeeze",
            "Concat",
            "Slice",
            "Cast");

    private static final List<Long> STRIDES = List.of(4L, 1L, 1L, 1L, 1L);
    private static final List<Long> KERNELS = List.of(11L, 5L, 3L, 3L, 3L);
    private static final List<Long> COLUMNS = List.of(1L, 2L, 1L, 2L, 2L);
    private static final List<Long> ONE_COLUMN = List.of(1L, 1L, 1L, 1L, 1L);
    private static final int POOLINGS = 3;
    private static final int NORMALIZATIONS = 2;

    /** What layers of normalization are called in Caffe's files and MatConvNet's. */
    private static final Set<String> LRN = Set.of("lrn", "normalize");

    /** Their layers with statistics of batches and what is done with these. */
    private static final Set<String> BATCH_STATISTICS = Set.of("batchnorm", "scale", "bnorm");

    private static final Set<String> POOLING = Set.of("pool", "pooling");

    private final TensorFile file;
    private final String recipe;

    private GraphCheck(TensorFile file, String recipe) {
        this.file = file;
        this.recipe = recipe;
    }

    /**
     * Checks what {@code file} says of its layers.
     *
     * @param others the tensors that no parameters are made of
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_CHECKPOINT}) if a layer is another than the
     *     recipe's
     */
    static void check(TensorFile file, String recipe, List<StoredTensor> others) {
        GraphCheck check = new GraphCheck(file, recipe);
        if (file instanceof OnnxFile graph) {
            check.graph(graph);
        } else if (file.metadata().containsKey("layers")) {
            check.layers(file.metadata().get("layers"), others);
        }
    }

    private boolean isCaffe() {
        return recipe.equals(CaffeNames.CAFFE) || recipe.equals(CaffeNames.CAFFENET);
    }

    private boolean isTorchvision() {
        return recipe.equals(TorchvisionLayers.RECIPE);
    }

    private void graph(OnnxFile graph) {
        for (OnnxNode node : graph.nodes()) {
            boolean isOnnx = node.domain().isEmpty() || node.domain().equals("ai.onnx");
            if (!isOnnx || !OPERATORS.contains(node.type())) {
                throw differs(
                        "an operator that no AlexNet has",
                        ((isOnnx ? "" : node.domain() + ".") + node.type() + " " + node.name()).strip(),
                        "operators such as Conv, Relu, MaxPool, LRN and Gemm");
            }
        }
        if (!isCaffe() && !isTorchvision()) {
            return;
        }
        requireCount("LRN", isCaffe() ? NORMALIZATIONS : 0, GraphOrder.ofTypes(graph, Set.of("LRN")));
        requireCount("Conv", STRIDES.size(), GraphOrder.ofTypes(graph, Set.of("Conv")));
        requireCount("MaxPool", POOLINGS, GraphOrder.ofTypes(graph, Set.of("MaxPool")));
        if (isCaffe() && GraphOrder.poolsFirst(graph) != recipe.equals(CaffeNames.CAFFENET)) {
            throw differs(
                    "another order of pooling and normalization",
                    GraphOrder.poolsFirst(graph) ? "MaxPool before LRN" : "LRN before MaxPool",
                    "that of recipe " + recipe);
        }
        int convolution = 0;
        for (OnnxNode node : graph.nodes()) {
            switch (node.type()) {
                case "Conv" -> convolution(node, convolution++);
                case "MaxPool" -> {
                    requireAll(node, "kernel_shape", 3L, 1L);
                    requireAll(node, "strides", 2L, 1L);
                    requireAll(node, "dilations", 1L, 1L);
                }
                case "AveragePool" -> requireAll(node, "kernel_shape", 1L, 1L);
                case "LRN" -> normalization(node);
                case "Gemm" -> {
                    require(node, "alpha", node.number("alpha", 1), 1);
                    require(node, "beta", node.number("beta", 1), 1);
                }
                default -> {
                    // Nothing to be set, or of shapes, which the weights' shapes tell.
                }
            }
        }
    }

    private void convolution(OnnxNode node, int number) {
        long kernel = KERNELS.get(number);
        requireAll(node, "kernel_shape", kernel, kernel); // if it is left out, it is that of the weights
        requireAll(node, "strides", STRIDES.get(number), 1L);
        requireAll(node, "dilations", 1L, 1L);
        long groups = (isCaffe() ? COLUMNS : ONE_COLUMN).get(number);
        if (node.integer("group", 1) != groups) {
            throw setting(node, "group", node.integer("group", 1), groups);
        }
    }

    private void normalization(OnnxNode node) {
        if (node.integer("size", 0) != 5) {
            throw setting(node, "size", node.integer("size", 0), 5);
        }
        require(node, "alpha", node.number("alpha", 1e-4f), 1e-4);
        require(node, "beta", node.number("beta", 0.75f), 0.75);
        require(node, "bias", node.number("bias", 1), 1);
    }

    private void requireAll(OnnxNode node, String name, long expected, long ifNone) {
        List<Long> got = node.integers(name, List.of(ifNone));
        if (got.isEmpty() || got.stream().anyMatch(value -> value != expected)) {
            throw setting(node, name, got, expected);
        }
    }

    private void require(OnnxNode node, String name, double got, double expected) {
        if (!(Math.abs(got - expected) <= 1e-5 * expected)) {
            throw setting(node, name, got, expected);
        }
    }

    private void requireCount(String type, int expected, List<OnnxNode> nodes) {
        if (nodes.size() != expected) {
            throw differs("another number of layers " + type, nodes.size(), expected);
        }
    }

    private TandemException setting(OnnxNode node, String name, Object got, Object expected) {
        return differs((node.type() + " " + node.name()).strip() + " has another " + name, got, expected);
    }

    private void layers(String listed, List<StoredTensor> others) {
        Map<String, String> types = new HashMap<>();
        int normalizations = 0;
        boolean isComplete = false;
        for (String layer : listed.split(",")) {
            int colon = layer.lastIndexOf(':');
            String type = layer.substring(colon + 1).toLowerCase(Locale.ROOT);
            types.put(layer.substring(0, Math.max(0, colon)), type);
            normalizations += LRN.contains(type) ? 1 : 0;
            isComplete |= LRN.contains(type) || POOLING.contains(type);
        }
        for (StoredTensor tensor : others) {
            String layer = tensor.name().substring(0, Math.max(0, tensor.name().lastIndexOf('.')));
            if (BATCH_STATISTICS.contains(types.getOrDefault(layer, ""))) {
                throw differs(
                        "a layer that normalizes batches",
                        tensor.name() + " " + tensor.shape() + " of " + types.get(layer),
                        "only the eight layers of recipe " + recipe);
            }
        }
        int expected = isCaffe() ? NORMALIZATIONS : 0;
        if (isComplete && (isCaffe() || isTorchvision()) && normalizations != expected) {
            throw differs("another number of layers of normalization", normalizations, expected);
        }
    }

    private TandemException differs(String wrong, Object got, Object expected) {
        return Misfit.of(
                file.file(),
                wrong,
                got,
                expected + ", as in recipe " + recipe,
                "The file is of another net, which cannot be imported");
    }
}
