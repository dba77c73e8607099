package dev.tandem.placement;

import dev.tandem.placement.Plan.ShardedStep;
import dev.tandem.spi.Tensor;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The outputs of steps that later steps of a forward pass need. Two steps may have one tensor for their output, as
 * dropout returns its input in inference; it is closed with the last of them.
 */
final class LiveValues {
    private final Map<String, Sharded> values;
    private final Set<Tensor> pinned = Collections.newSetFromMap(new IdentityHashMap<>());

    /**
     * No steps yet.
     *
     * @param inputs inputs of the network, by name
     */
    LiveValues(Map<String, Sharded> inputs) {
        values = new HashMap<>(inputs);
    }

    /** The values of these names; null for an input of the network that was not given. */
    List<Sharded> of(List<String> names) {
        return names.stream().map(values::get).toList();
    }

    void add(ShardedStep step, Sharded output) {
        values.put(step.step().name(), output);
    }

    /** Keeps what operations on the tape took: their backward passes need it. */
    void pin(List<Sharded> inputs) {
        for (Sharded input : inputs) {
            if (input != null) {
                pinned.addAll(input.tensors());
            }
        }
    }

    /** Ends the lives of these values, and closes their tensors unless others need them. */
    void close(List<String> names) {
        for (String name : names) {
            Sharded last = values.remove(name);
            if (!last.isOnTape()) {
                last.tensors().stream()
                        .filter(tensor -> !pinned.contains(tensor) && !isLive(tensor))
                        .forEach(Tensor::close);
            }
        }
    }

    private boolean isLive(Tensor tensor) {
        return values.values().stream().anyMatch(value -> value.tensors().contains(tensor));
    }
}
