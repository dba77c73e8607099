package dev.tandem.weights.matlab;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.tandem.weights.tensor.FileElements;
import dev.tandem.weights.tensor.FileTensors;
import dev.tandem.weights.tensor.InputFile;
import dev.tandem.weights.tensor.Names;
import dev.tandem.weights.tensor.StoredTensor;
import dev.tandem.weights.tensor.TensorShape;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** A net of MatConvNet, of its older or newer layout, as tensors and metadata. */
final class MatConvNet {
    /** The variables that a net consists of; the older layout has what is in {@code meta} beside it. */
    static final List<String> VARIABLES = List.of("layers", "meta", "normalization", "classes");

    private static final String AVERAGE_IMAGE = "averageImage";
    private static final List<String> WEIGHTS = List.of("weights", "filters", "biases");
    private static final int FILTER_DIMENSIONS = 4;
    private static final int FEW = 8;

    private final InputFile file;
    private final Map<String, MatValue> variables;
    private final List<StoredTensor> tensors = new ArrayList<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();

    MatConvNet(InputFile file, Map<String, MatValue> variables) {
        this.file = file;
        this.variables = variables;
    }

    FileTensors.Contents contents() {
        StringJoiner order = new StringJoiner(",");
        for (Map<String, MatValue> layer : structs(variables.get("layers"))) {
            order.add(readLayer(layer));
        }
        if (tensors.isEmpty()) {
            throw file.refused(
                    "no layers with weights",
                    "variables " + variables.keySet() + " with " + order.length() + " characters of layers",
                    "a variable layers, as MatConvNet's SimpleNN has it",
                    "Use the net in the form of a SimpleNN; DagNN has another");
        }
        metadata.put("layers", order.toString());
        Map<String, MatValue> meta = first(variables.get("meta"));
        readNormalization(first(meta.getOrDefault("normalization", variables.get("normalization"))));
        readClasses(first(meta.getOrDefault("classes", variables.get("classes"))));
        return new FileTensors.Contents(tensors, metadata);
    }

    /** The structs of a cell array of them, or of a struct array. */
    private static List<Map<String, MatValue>> structs(@Nullable MatValue value) {
        if (value instanceof MatValue.Struct struct) {
            return struct.elements();
        }
        List<Map<String, MatValue>> all = new ArrayList<>();
        if (value instanceof MatValue.Cell cell) {
            for (MatValue one : cell.values()) {
                if (one instanceof MatValue.Struct struct) {
                    all.addAll(struct.elements());
                }
            }
        }
        return all;
    }

    private static Map<String, MatValue> first(@Nullable MatValue value) {
        List<Map<String, MatValue>> all = structs(value);
        return all.isEmpty() ? Map.of() : all.get(0);
    }

    /** Takes a layer's tensors and settings; returns its name and type. */
    private String readLayer(Map<String, MatValue> layer) {
        String name = text(layer.get("name"));
        List<MatValue> weights = new ArrayList<>();
        if (layer.get("weights") instanceof MatValue.Cell cell) {
            weights.addAll(cell.values());
        } else if (layer.containsKey("filters")) {
            weights.add(layer.get("filters"));
            weights.add(layer.getOrDefault("biases", new MatValue.Other("none")));
        }
        for (int i = 0; i < weights.size(); i++) {
            String tensor = name + "." + i;
            if (!(weights.get(i) instanceof MatValue.Numbers numbers)) {
                throw file.damaged("the weights " + Names.visible(tensor), "no numbers", "numbers");
            }
            if (numbers.count() > 0) {
                tensors.add(tensor(tensor, numbers, i == 0 ? FILTER_DIMENSIONS : 1));
            }
        }
        layer.forEach((field, value) -> {
            if (!WEIGHTS.contains(field) && !field.equals("name") && !field.equals("type")) {
                putSetting(name + "." + field, value);
            }
        });
        return name + ":" + text(layer.get("type"));
    }

    private void readNormalization(Map<String, MatValue> normalization) {
        normalization.forEach((field, value) -> {
            if (!field.equals(AVERAGE_IMAGE)) {
                putSetting("normalization." + field, value);
            } else if (value instanceof MatValue.Numbers numbers && numbers.count() > 0) {
                tensors.add(tensor(AVERAGE_IMAGE, numbers, 3));
            }
        });
    }

    private void readClasses(Map<String, MatValue> classes) {
        classes.forEach((field, value) -> {
            if (value instanceof MatValue.Cell cell) {
                ArrayNode names = new ObjectMapper().createArrayNode();
                cell.values().forEach(name -> names.add(text(name)));
                metadata.put("classes." + field, names.toString());
            }
        });
    }

    private void putSetting(String key, MatValue value) {
        if (value instanceof MatValue.Text text) {
            metadata.put(key, text.text());
        } else if (value instanceof MatValue.Numbers numbers && numbers.count() > 0 && numbers.count() <= FEW) {
            StringJoiner joined = new StringJoiner(",");
            elements(numbers).forEachPart((values, count) -> {
                for (int i = 0; i < count; i++) {
                    joined.add(values[i] == (int) values[i] ? "" + (int) values[i] : "" + values[i]);
                }
            });
            metadata.put(key, joined.toString());
        }
    }

    private static String text(@Nullable MatValue value) {
        return value instanceof MatValue.Text text ? text.text() : "";
    }

    private static StoredTensor.Elements elements(MatValue.Numbers numbers) {
        return new FileElements(
                numbers.file(), numbers.type(), ByteOrder.LITTLE_ENDIAN, numbers.start(), numbers.count());
    }

    /**
     * Numbers as a tensor, its dimensions turned round.
     *
     * @param rank how many dimensions it has: MATLAB leaves out the last ones if they are 1, but has two at least
     */
    private StoredTensor tensor(String name, MatValue.Numbers numbers, int rank) {
        List<Long> dims = new ArrayList<>(numbers.dims());
        while (dims.size() < rank) {
            dims.add(1L);
        }
        if (rank == 1 && numbers.dims().stream().filter(dim -> dim != 1).count() <= 1) {
            dims = List.of(numbers.count());
        } else {
            Collections.reverse(dims);
        }
        return new StoredTensor(
                name, TensorShape.of(file, name, dims), numbers.type().name(), elements(numbers));
    }
}
