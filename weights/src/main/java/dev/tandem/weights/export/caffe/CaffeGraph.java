package dev.tandem.weights.export.caffe;

import dev.tandem.nn.file.ProtoMessage;
import dev.tandem.weights.export.source.ExportedTensor;
import java.util.List;

/**
 * A net of Caffe that is made layer by layer: a NetParameter with the layers' weights, in Caffe's newer form, and the
 * text of a deploy prototxt.
 */
final class CaffeGraph {
    private static final int NAME = 1;
    private static final int LAYER = 100;

    private static final int BLOB_DATA = 5;
    private static final int BLOB_SHAPE = 7;

    private final ProtoMessage net = new ProtoMessage();
    private final StringBuilder text = new StringBuilder();

    CaffeGraph(String name, List<String> comments) {
        net.text(NAME, name);
        comments.forEach(comment -> text.append("# ").append(comment).append('\n'));
        text.append("name: ").append(quoted(name)).append('\n');
    }

    /** The weights, to which fields may still be added. */
    ProtoMessage weights() {
        return net;
    }

    /** The deploy prototxt. */
    String prototxt() {
        return text.toString();
    }

    /** Adds a layer of one top, which is called as the layer is; returns that name. */
    String layer(String type, String name, List<String> bottoms, String parameters, ExportedTensor... blobs) {
        layers(type, name, bottoms, List.of(name), parameters, blobs);
        return name;
    }

    /**
     * Adds a layer of several tops.
     *
     * @param parameters its message of parameters as text, empty if it has none
     */
    void layers(
            String type,
            String name,
            List<String> bottoms,
            List<String> tops,
            String parameters,
            ExportedTensor... blobs) {
        ProtoMessage layer = new ProtoMessage().text(1, name).text(2, type);
        bottoms.forEach(bottom -> layer.text(3, bottom));
        tops.forEach(top -> layer.text(4, top));
        for (ExportedTensor blob : blobs) {
            layer.message(7, blob(blob));
        }
        net.message(LAYER, layer);
        text.append("layer {\n  name: ").append(quoted(name));
        text.append("\n  type: ").append(quoted(type)).append('\n');
        bottoms.forEach(
                bottom -> text.append("  bottom: ").append(quoted(bottom)).append('\n'));
        tops.forEach(top -> text.append("  top: ").append(quoted(top)).append('\n'));
        if (!parameters.isEmpty()) {
            text.append("  ").append(parameters).append('\n');
        }
        text.append("}\n");
    }

    private static ProtoMessage blob(ExportedTensor tensor) {
        long[] dims = new long[tensor.shape().rank()];
        for (int axis = 0; axis < dims.length; axis++) {
            dims[axis] = tensor.shape().dim(axis);
        }
        return new ProtoMessage()
                .message(BLOB_SHAPE, new ProtoMessage().packed(1, dims))
                .decimals(BLOB_DATA, tensor.shape().elements(), tensor.elements());
    }

    private static String quoted(String name) {
        return '"' + name.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }
}
