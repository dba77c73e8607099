package dev.tandem.weights.onnx;

import java.util.List;
import java.util.Map;

/**
 * An operation of a graph.
 *
 * @param type such as {@code Conv} or {@code Gemm}
 * @param domain whose operation it is; empty for ONNX's own
 * @param name of the node, which may be empty
 * @param inputs the names of what it reads: of a {@code Conv} its input, weights and biases. One that is left out is
 *     empty
 * @param outputs the names of what it writes
 * @param attributes its settings by their names
 */
public record OnnxNode(
        String type,
        String domain,
        String name,
        List<String> inputs,
        List<String> outputs,
        Map<String, OnnxAttribute> attributes) {
    public OnnxNode {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        attributes = Map.copyOf(attributes);
    }

    /** The setting {@code attribute}, or {@code ifNone}. */
    public long integer(String attribute, long ifNone) {
        OnnxAttribute own = attributes.get(attribute);
        return own == null ? ifNone : own.integer();
    }

    /** The setting {@code attribute}, or {@code ifNone}. */
    public float number(String attribute, float ifNone) {
        OnnxAttribute own = attributes.get(attribute);
        return own == null ? ifNone : own.number();
    }

    /** The setting {@code attribute}, or {@code ifNone}. */
    public String text(String attribute, String ifNone) {
        OnnxAttribute own = attributes.get(attribute);
        return own == null ? ifNone : own.text();
    }

    /** The setting {@code attribute}, or {@code ifNone}. */
    public List<Long> integers(String attribute, List<Long> ifNone) {
        OnnxAttribute own = attributes.get(attribute);
        return own == null ? ifNone : own.integers();
    }
}
