package dev.tandem.weights.export.onnx;

import dev.tandem.nn.file.ProtoMessage;
import dev.tandem.spi.Shape;
import dev.tandem.weights.export.source.ExportedTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.Supplier;

/** A graph of ONNX that is made node by node: a GraphProto. Its batch axis is free. */
final class OnnxGraph {
    /** The element types of a TensorProto. */
    static final int FLOAT = 1;

    static final int UINT8 = 2;
    private static final int INT64 = 7;

    private static final int NODE = 1;
    private static final int NAME = 2;
    private static final int INITIALIZER = 5;
    private static final int INPUT = 11;
    private static final int OUTPUT = 12;

    private final ProtoMessage graph = new ProtoMessage();

    OnnxGraph(String name) {
        graph.text(NAME, name);
    }

    ProtoMessage message() {
        return graph;
    }

    /** Adds a node of one output, which is called as the node is; returns that name. */
    String node(String operator, String name, List<String> inputs, ProtoMessage... attributes) {
        nodes(operator, name, inputs, List.of(name), attributes);
        return name;
    }

    /** Adds a node of several outputs. */
    void nodes(String operator, String name, List<String> inputs, List<String> outputs, ProtoMessage... attributes) {
        ProtoMessage node = new ProtoMessage();
        inputs.forEach(input -> node.text(1, input));
        outputs.forEach(output -> node.text(2, output));
        node.text(3, name).text(4, operator);
        for (ProtoMessage attribute : attributes) {
            node.message(5, attribute);
        }
        graph.message(NODE, node);
    }

    /** Adds a parameter; returns its name in the graph. */
    String parameter(ExportedTensor tensor) {
        return initializer(tensor.name(), tensor.shape(), tensor.elements());
    }

    /** Adds numbers that a file of weights has; returns their name. */
    String initializer(String name, Shape shape, Supplier<float[]> elements) {
        ProtoMessage tensor = tensor(FLOAT, name, asLongs(shape)).decimals(9, shape.elements(), elements);
        graph.message(INITIALIZER, tensor);
        return name;
    }

    /** Adds a number of the architecture as a constant; returns its name. */
    String constant(String name, double value) {
        byte[] bytes = littleEndian(Float.BYTES).putFloat((float) value).array();
        return constant(name, tensor(FLOAT, name).bytes(9, bytes));
    }

    /** Adds whole numbers as a constant; returns its name. */
    String wholeNumbers(String name, long... values) {
        ByteBuffer bytes = littleEndian(values.length * Long.BYTES);
        for (long value : values) {
            bytes.putLong(value);
        }
        return constant(name, tensor(INT64, name, values.length).bytes(9, bytes.array()));
    }

    private String constant(String name, ProtoMessage tensor) {
        return node("Constant", name, List.of(), OnnxAttribute.tensor("value", tensor));
    }

    private static ByteBuffer littleEndian(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static ProtoMessage tensor(int type, String name, long... dims) {
        ProtoMessage tensor = new ProtoMessage();
        for (long dim : dims) {
            tensor.number(1, dim);
        }
        return tensor.number(2, type).text(8, name);
    }

    private static long[] asLongs(Shape shape) {
        long[] dims = new long[shape.rank()];
        for (int axis = 0; axis < dims.length; axis++) {
            dims[axis] = shape.dim(axis);
        }
        return dims;
    }

    /** Declares an input of a batch of samples. */
    void input(String name, int type, Shape sample) {
        graph.message(INPUT, value(name, type, sample));
    }

    /** Declares an output of a batch of samples. */
    void output(String name, Shape sample) {
        graph.message(OUTPUT, value(name, FLOAT, sample));
    }

    private static ProtoMessage value(String name, int type, Shape sample) {
        ProtoMessage shape = new ProtoMessage().message(1, new ProtoMessage().text(2, "N"));
        for (int dim : sample.dims()) {
            shape.message(1, new ProtoMessage().number(1, dim));
        }
        ProtoMessage tensor = new ProtoMessage().number(1, type).message(2, shape);
        return new ProtoMessage().text(1, name).message(2, new ProtoMessage().message(1, tensor));
    }
}
