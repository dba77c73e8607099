package dev.tandem.weights.torch;

import dev.tandem.weights.pickle.PickleValue;
import dev.tandem.weights.pickle.PickleValue.Dict;
import dev.tandem.weights.tensor.FileTensors;
import dev.tandem.weights.tensor.InputFile;
import dev.tandem.weights.tensor.Names;
import dev.tandem.weights.tensor.StoredTensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Finds the dictionary of tensors in a pickle: the whole, or one entry of a training checkpoint. Everything else, such
 * as an optimizer's state, is passed over, and named in the metadata.
 */
final class StateDict {
    private static final List<String> PLACES = List.of("state_dict", "model_state_dict", "model", "net");
    private static final int MOST_NAMES = 10;

    private StateDict() {}

    static FileTensors.Contents read(InputFile file, PickleValue root, TorchTensors.Storages storages) {
        Map<String, String> metadata = new LinkedHashMap<>();
        Dict tensors = find(file, root);
        if (tensors != root) {
            describeRest((Dict) root, tensors, metadata);
        }
        TorchTensors reader = new TorchTensors(file, storages);
        List<StoredTensor> read = new ArrayList<>();
        for (PickleValue.Entry entry : tensors.entries()) {
            String name = entry.key().asText();
            boolean isTensor = TorchTensors.isTensor(entry.value());
            if (name == null && isTensor) {
                throw file.refused(
                        "a tensor has no name",
                        entry.key().describe(),
                        "names such as 'features.0.weight'",
                        "Save the state_dict of the model");
            }
            StoredTensor tensor = isTensor ? reader.tensor(name, entry.value()) : null;
            if (tensor != null) {
                read.add(tensor);
            } else {
                metadata.put(
                        name == null ? entry.key().describe() : name,
                        isTensor ? "a tensor without elements" : entry.value().describe());
            }
        }
        return new FileTensors.Contents(read, metadata);
    }

    private static void describeRest(Dict root, Dict tensors, Map<String, String> metadata) {
        for (PickleValue.Entry entry : root.entries()) {
            if (entry.value() != tensors) {
                String key = entry.key().asText();
                String text = entry.value().asText();
                metadata.put(
                        key == null ? entry.key().describe() : key,
                        TorchTensors.isTensor(entry.value())
                                ? "a tensor"
                                : text == null ? entry.value().describe() : text);
            }
        }
    }

    private static Dict find(InputFile file, PickleValue root) {
        if (root instanceof Dict dictionary) {
            for (String place : PLACES) {
                if (dictionary.get(place) instanceof Dict inner && hasTensors(inner)) {
                    return inner;
                }
            }
            if (hasTensors(dictionary)) {
                return dictionary;
            }
        }
        throw file.refused(
                "no state_dict in the file",
                root instanceof Dict dictionary && !dictionary.entries().isEmpty()
                        ? "a dict of " + keys(dictionary)
                        : root.describe(),
                "tensors by name, or a dict that has them under one of " + String.join(", ", PLACES),
                "Save the state_dict alone, in Python: torch.save(model.state_dict(), 'weights.pth')");
    }

    private static boolean hasTensors(Dict dictionary) {
        return dictionary.entries().stream().anyMatch(entry -> TorchTensors.isTensor(entry.value()));
    }

    private static String keys(Dict dictionary) {
        String some = dictionary.entries().stream()
                .limit(MOST_NAMES)
                .map(entry -> Names.visible(entry.key().describe()))
                .collect(Collectors.joining(", "));
        int more = dictionary.entries().size() - MOST_NAMES;
        return more > 0 ? some + " and " + more + " more" : some;
    }
}
