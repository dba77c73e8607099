package dev.tandem.weights.onnx;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.protobuf.FirstFields;
import dev.tandem.weights.protobuf.Message;
import dev.tandem.weights.protobuf.WireType;
import dev.tandem.weights.tensor.FileTensors;
import dev.tandem.weights.tensor.InputFile;
import dev.tandem.weights.tensor.StoredTensor;
import dev.tandem.weights.tensor.TensorFile;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An ONNX model: its graph and the tensors that this uses. The tensors are the initializers, and the values of {@code
 * Constant} nodes by the names of their outputs; those without elements are left out. Nothing outside of the file is
 * ever opened.
 *
 * <p>The metadata are {@code metadata_props}, and {@code producer}, the program that wrote it, {@code opset}, the
 * version of ONNX's own operations, and {@code ir_version}.
 */
public final class OnnxFile implements TensorFile {
    private static final Set<WireType> LENGTH = Set.of(WireType.LENGTH);
    private static final Set<WireType> NUMBER = Set.of(WireType.VARINT);
    private static final int IR_VERSION = 1;
    private static final int METADATA = 14;
    private static final Map<Integer, Set<WireType>> FIELDS = Map.ofEntries(
            Map.entry(IR_VERSION, NUMBER),
            Map.entry(2, LENGTH),
            Map.entry(3, LENGTH),
            Map.entry(4, LENGTH),
            Map.entry(5, NUMBER),
            Map.entry(6, LENGTH),
            Map.entry(7, LENGTH),
            Map.entry(8, LENGTH),
            Map.entry(METADATA, LENGTH),
            Map.entry(20, LENGTH),
            Map.entry(25, LENGTH),
            Map.entry(26, LENGTH));

    private final TensorFile tensors;
    private final OnnxGraph graph;

    private OnnxFile(TensorFile tensors, OnnxGraph graph) {
        this.tensors = tensors;
        this.graph = graph;
    }

    /** Whether a file that begins with {@code firstBytes}, 64 or more if it has them, is of this kind. */
    public static boolean matches(byte[] firstBytes) {
        FirstFields fields = FirstFields.of(firstBytes);
        return fields.types().size() > 1 && fields.fit(Set.of(IR_VERSION), FIELDS);
    }

    /**
     * Opens a file and checks everything in it but its elements.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) if it is damaged, or its weights are in another
     *     file
     */
    public static OnnxFile open(Path file) {
        OnnxGraph graph = new OnnxGraph();
        return new OnnxFile(FileTensors.open(file, "ONNX", input -> read(input, graph)), graph);
    }

    private static FileTensors.Contents read(InputFile file, OnnxGraph graph) {
        Map<String, String> metadata = new HashMap<>();
        boolean hasGraph = false;
        String producer = "";
        Message model = Message.of(file, "ModelProto");
        while (model.next()) {
            switch (model.field()) {
                case IR_VERSION -> metadata.put("ir_version", Long.toString(model.integer()));
                case 2 -> producer = model.text();
                case 3 -> metadata.put("producer", (producer + " " + model.text()).strip());
                case 7 -> {
                    hasGraph = true;
                    graph.read(model.message("GraphProto"));
                }
                case 8 -> readOpset(model.message("OperatorSetIdProto"), metadata);
                case METADATA -> {
                    Map.Entry<String, String> entry = model.entry();
                    metadata.put(entry.getKey(), entry.getValue());
                }
                default -> {
                    // Documentation, functions, training.
                }
            }
        }
        metadata.putIfAbsent("producer", producer);
        if (!hasGraph) {
            throw file.damaged("its graph", "none", "a graph");
        }
        return new FileTensors.Contents(graph.tensors(), metadata);
    }

    private static void readOpset(Message opset, Map<String, String> metadata) {
        String domain = "";
        long version = 0;
        while (opset.next()) {
            if (opset.field() == 1) {
                domain = opset.text();
            } else if (opset.field() == 2) {
                version = opset.integer();
            }
        }
        if (domain.isEmpty() || domain.equals("ai.onnx")) {
            metadata.put("opset", Long.toString(version));
        }
    }

    @Override
    public Path file() {
        return tensors.file();
    }

    @Override
    public String format() {
        return tensors.format();
    }

    /** The operations, in an order in which each comes after those whose outputs it reads. */
    public List<OnnxNode> nodes() {
        return graph.nodes();
    }

    /** What the graph reads: the images. Old files list the initializers as well; those are left out here. */
    public List<OnnxInput> inputs() {
        return graph.inputs();
    }

    /** What the graph computes. */
    public List<OnnxInput> outputs() {
        return graph.outputs();
    }

    @Override
    public List<StoredTensor> tensors() {
        return tensors.tensors();
    }

    @Override
    public Map<String, String> metadata() {
        return tensors.metadata();
    }

    @Override
    public void close() {
        tensors.close();
    }
}
