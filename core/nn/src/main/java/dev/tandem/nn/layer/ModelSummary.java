package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.dryrun.DryRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A network's layers with their shapes and costs, found by a dry run.
 *
 * @param input one image: {@code (C, H, W)}
 * @param rows the layers, in order
 */
public record ModelSummary(Shape input, List<Row> rows) {
    /**
     * One layer.
     *
     * @param name its name
     * @param output its output for one image, without the batch axis
     * @param parameters how many parameters it has, states not among them
     * @param multiplyAdds multiply-adds of its forward pass for one image
     */
    public record Row(String name, Shape output, long parameters, long multiplyAdds) {}

    /** Summarises {@code network} for one image of shape {@code (C, H, W)}. */
    public static ModelSummary of(Network network, Shape image) {
        DryRun dry = new DryRun();
        List<Row> rows = new ArrayList<>();
        try (TensorScope scope = TensorScope.open()) {
            Value value = Value.constant(dry.device().allocate(image.batchOf(1)));
            for (Map.Entry<String, Layer> entry : network.layers().entrySet()) {
                List<ParameterSpec> specs = entry.getValue().parameters(value.shape());
                long before = dry.multiplyAdds();
                value = entry.getValue().forward(value, Context.inference(dry.device(), specs));
                long parameters = specs.stream()
                        .filter(spec -> !spec.isState())
                        .mapToLong(spec -> spec.shape().elements())
                        .sum();
                rows.add(
                        new Row(entry.getKey(), value.shape().withoutBatch(), parameters, dry.multiplyAdds() - before));
            }
        }
        return new ModelSummary(image, rows);
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
