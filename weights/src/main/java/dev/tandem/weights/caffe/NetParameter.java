package dev.tandem.weights.caffe;

import dev.tandem.weights.protobuf.Message;
import dev.tandem.weights.tensor.FileTensors;
import dev.tandem.weights.tensor.InputFile;
import dev.tandem.weights.tensor.StoredTensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads a {@code NetParameter}: a net's name and its layers with their blobs. */
final class NetParameter {
    static final int NAME = 1;
    static final int OLDER_LAYERS = 2;
    static final int LAYERS = 100;

    /** A generation of layers, by the numbers of its fields. */
    private record Generation(String message, int name, int type, int blobs) {}

    private static final Generation OLDER = new Generation("V1LayerParameter", 4, 5, 6);
    private static final Generation NEWER = new Generation("LayerParameter", 1, 2, 7);
    /** In the older generation's messages, the field of the generation before, whose blobs are elsewhere. */
    private static final int FIRST_GENERATION = 1;

    private static final int MOST_NAME = 256;

    private final InputFile file;
    private final List<String> layers = new ArrayList<>();
    private final List<StoredTensor> tensors = new ArrayList<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();

    private NetParameter(InputFile file) {
        this.file = file;
    }

    /** Reads all of a net but its numbers. */
    static FileTensors.Contents read(InputFile file) {
        NetParameter net = new NetParameter(file);
        Message message = Message.of(file, "NetParameter");
        while (message.next()) {
            switch (message.field()) {
                case NAME -> net.metadata.put("name", message.text());
                case OLDER_LAYERS -> net.readLayer(message.message(OLDER.message), OLDER);
                case LAYERS -> net.readLayer(message.message(NEWER.message), NEWER);
                case CaffeFile.METADATA -> {
                    Map.Entry<String, String> entry = message.entry();
                    net.metadata.put(entry.getKey(), entry.getValue());
                }
                default -> {
                    // Inputs and settings of a net, which need no weights.
                }
            }
        }
        if (net.tensors.isEmpty()) {
            throw file.refused(
                    "no weights",
                    net.layers.size() + " layers without blobs",
                    "layers with blobs",
                    "Name the .caffemodel file; a net's description, a prototxt, has no weights");
        }
        net.metadata.put("layers", String.join(",", net.layers));
        return new FileTensors.Contents(net.tensors, net.metadata);
    }

    private void readLayer(Message layer, Generation generation) {
        String layerName = "";
        String type = "";
        List<Message> blobs = new ArrayList<>();
        while (layer.next()) {
            int field = layer.field();
            if (field == generation.name) {
                layerName = layer.text();
            } else if (field == generation.type) {
                type = generation == OLDER ? V1LayerType.name(layer.integer()) : layer.text();
            } else if (field == generation.blobs) {
                blobs.add(layer.message("BlobProto"));
            } else if (generation == OLDER && field == FIRST_GENERATION) {
                throw file.refused(
                        "layers of Caffe's first generation, of 2013",
                        "V0LayerParameter",
                        "layers with names and blobs of their own",
                        "Convert it by Caffe's program upgrade_net_proto_binary");
            }
        }
        requireName(layerName);
        layers.add(layerName + ":" + type);
        for (int i = 0; i < blobs.size(); i++) {
            tensors.add(Blob.read(layerName + "." + i, blobs.get(i), rank(type, i)));
        }
    }

    private void requireName(String layerName) {
        if (layerName.length() > MOST_NAME) {
            throw file.damaged("the name of a layer", layerName.length() + " characters", MOST_NAME + " at most");
        }
    }

    /** How many dimensions the tensor number {@code blob} of a layer has; negative if that is not known. */
    private static int rank(String type, int blob) {
        return switch (type) {
            case "Convolution", "Deconvolution" -> blob == 0 ? 4 : 1;
            case "InnerProduct" -> blob == 0 ? 2 : 1;
            default -> -1;
        };
    }
}
