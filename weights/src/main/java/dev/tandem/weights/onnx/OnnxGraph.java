package dev.tandem.weights.onnx;

import dev.tandem.weights.protobuf.Message;
import dev.tandem.weights.tensor.StoredTensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads a {@code GraphProto}. */
final class OnnxGraph {
    private static final int MOST_INTEGERS = 1024;

    private final List<OnnxNode> nodes = new ArrayList<>();
    private final List<OnnxInput> inputs = new ArrayList<>();
    private final List<OnnxInput> outputs = new ArrayList<>();
    private final List<StoredTensor> tensors = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    void read(Message graph) {
        while (graph.next()) {
            switch (graph.field()) {
                case 1 -> readNode(graph.message("NodeProto"));
                case 5 -> readTensor(graph.message("TensorProto"), "");
                case 11 -> inputs.add(readInput(graph.message("ValueInfoProto")));
                case 12 -> outputs.add(readInput(graph.message("ValueInfoProto")));
                case 15 ->
                    throw graph.file()
                            .refused(
                                    "a sparse tensor",
                                    "sparse_initializer",
                                    "tensors with all their elements",
                                    "Save the model with dense weights");
                default -> {
                    // Names, documentation, types of what is computed on the way.
                }
            }
        }
    }

    private void readTensor(Message message, String name) {
        StoredTensor tensor = TensorProto.read(message, name);
        if (tensor != null) {
            names.add(tensor.name());
            tensors.add(tensor);
        }
    }

    private void readNode(Message node) {
        String type = "";
        String domain = "";
        String name = "";
        List<String> reads = new ArrayList<>();
        List<String> writes = new ArrayList<>();
        List<Message> settings = new ArrayList<>();
        while (node.next()) {
            switch (node.field()) {
                case 1 -> reads.add(node.text());
                case 2 -> writes.add(node.text());
                case 3 -> name = node.text();
                case 4 -> type = node.text();
                case 5 -> settings.add(node.message("AttributeProto"));
                case 7 -> domain = node.text();
                default -> {
                    // Documentation.
                }
            }
        }
        // A constant is a tensor by the name of what the node writes.
        String constant = type.equals("Constant") && writes.size() == 1 ? writes.get(0) : "";
        Map<String, OnnxAttribute> attributes = new HashMap<>();
        settings.forEach(setting -> readAttribute(setting, constant, attributes));
        nodes.add(new OnnxNode(type, domain, name, reads, writes, attributes));
    }

    private void readAttribute(Message message, String constant, Map<String, OnnxAttribute> attributes) {
        String name = "";
        long integer = 0;
        float number = 0;
        String text = "";
        List<Long> integers = new ArrayList<>();
        boolean plain = false;
        while (message.next()) {
            int field = message.field();
            plain |= field == 2 || field == 3 || field == 4 || field == 8;
            switch (field) {
                case 1 -> name = message.text();
                case 2 -> number = message.number();
                case 3 -> integer = message.integer();
                case 4 -> text = message.text();
                case 5 -> {
                    if (!constant.isEmpty()) {
                        readTensor(message.message("TensorProto"), constant);
                    }
                }
                case 8 -> message.addIntegers(integers, MOST_INTEGERS);
                default -> {
                    // Graphs and lists of texts, numbers or tensors, which no image net has.
                }
            }
        }
        if (plain) {
            attributes.put(name, new OnnxAttribute(integer, number, text, integers));
        }
    }

    private static OnnxInput readInput(Message value) {
        String name = "";
        List<Long> dims = new ArrayList<>();
        while (value.next()) {
            if (value.field() == 1) {
                name = value.text();
            } else if (value.field() == 2) {
                readType(value.message("TypeProto"), dims);
            }
        }
        return new OnnxInput(name, dims);
    }

    private static void readType(Message type, List<Long> dims) {
        while (type.next()) {
            if (type.field() == 1) {
                Message tensor = type.message("TypeProto.Tensor");
                while (tensor.next()) {
                    if (tensor.field() == 2) {
                        readDims(tensor.message("TensorShapeProto"), dims);
                    }
                }
            }
        }
    }

    private static void readDims(Message shape, List<Long> dims) {
        while (shape.next()) {
            if (shape.field() == 1) {
                long dim = OnnxInput.FREE;
                for (Message one = shape.message("Dimension"); one.next(); ) {
                    dim = one.field() == 1 ? one.integer() : dim;
                }
                dims.add(dim);
            }
        }
    }

    List<OnnxNode> nodes() {
        return List.copyOf(nodes);
    }

    /** What the graph reads; of old files not those that are tensors of the file. */
    List<OnnxInput> inputs() {
        return inputs.stream().filter(input -> !names.contains(input.name())).toList();
    }

    List<OnnxInput> outputs() {
        return List.copyOf(outputs);
    }

    List<StoredTensor> tensors() {
        return List.copyOf(tensors);
    }
}
