package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.dryrun.DryRun;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A network's layers with their shapes and costs, found by a dry run.
 *
 * @param inputs one sample of each input, without the batch axis: {@code (C, H, W)}
 * @param rows the layers and merges, in order
 */
public record ModelSummary(List<Shape> inputs, List<Row> rows) {
    /**
     * One layer.
     *
     * @param name its name
     * @param inputs the names of the layers, or inputs of the network, that it takes
     * @param output its output for one image, without the batch axis
     * @param parameters how many parameters it has, states not among them
     * @param multiplyAdds multiply-adds of its forward pass for one image
     */
    public record Row(String name, List<String> inputs, Shape output, long parameters, long multiplyAdds) {}

    /** Summarises {@code network} for one image of shape {@code (C, H, W)}. */
    public static ModelSummary of(Network network, Shape image) {
        return of(network, List.of(image));
    }

    /** Summarises {@code network} for one sample of each of its inputs. */
    public static ModelSummary of(Network network, List<Shape> samples) {
        if (samples.size() != network.inputs().size()) {
            throw TandemException.argument(
                    "summary", "another number of inputs", samples, "one shape for each of " + network.inputs(), "");
        }
        DryRun dry = new DryRun();
        List<Row> rows = new ArrayList<>();
        try (TensorScope scope = TensorScope.open()) {
            Map<String, Value> values = new HashMap<>();
            for (int i = 0; i < samples.size(); i++) {
                values.put(
                        network.inputs().get(i),
                        Value.constant(dry.device().allocate(samples.get(i).batchOf(1))));
            }
            for (Step node : network.nodes()) {
                List<Value> taken = node.inputs().stream().map(values::get).toList();
                List<ParameterSpec> specs =
                        node.parameters(taken.stream().map(Value::shape).toList());
                long before = dry.multiplyAdds();
                Value value = node.forward(taken, Context.inference(dry.device(), specs));
                values.put(node.name(), value);
                long parameters = specs.stream()
                        .filter(spec -> !spec.isState())
                        .mapToLong(spec -> spec.shape().elements())
                        .sum();
                rows.add(new Row(
                        node.name(),
                        node.inputs(),
                        value.shape().withoutBatch(),
                        parameters,
                        dry.multiplyAdds() - before));
            }
        }
        return new ModelSummary(List.copyOf(samples), rows);
    }

    /** All parameters of the network. */
    public long parameters() {
        return rows.stream().mapToLong(Row::parameters).sum();
    }

    /** Multiply-adds of a forward pass for one image. */
    public long multiplyAdds() {
        return rows.stream().mapToLong(Row::multiplyAdds).sum();
    }
}
