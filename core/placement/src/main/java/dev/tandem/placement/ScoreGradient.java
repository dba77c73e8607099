package dev.tandem.placement;

import dev.tandem.nn.autograd.Tape;
import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.ChannelRange;
import dev.tandem.placement.Plan.ShardedStep;
import dev.tandem.placement.Sharded.Shard;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The gradient of each row's score with respect to one layer's output, in inference. The pass is recorded from that
 * output on, so that nothing before it is computed backward; parameters are constants.
 */
final class ScoreGradient {
    private static final String OPERATION = "gradient of the score";

    private final Tape tape = new Tape();
    private final HostBatch batch;
    private final PrefetchedInputs prefetched;
    private final String layer;
    private final Plan plan;
    private Sharded variable;

    private ScoreGradient(Plan whole, HostBatch batch, PrefetchedInputs prefetched, String layer) {
        this.batch = batch;
        this.prefetched = prefetched;
        this.layer = layer;
        String score = whole.network().outputs().get(0);
        this.plan = isInput(whole) ? whole.withOutputs(score) : whole.withOutputs(score, layer);
    }

    /**
     * The gradient, row-major, of the shape of the layer's output for the batch; 0 for rows without data.
     *
     * @param layer a layer, or an input of the network
     * @param labels for each row with data, the number of the output that is its score
     */
    static float[] of(
            Plan whole,
            HostBatch batch,
            PrefetchedInputs prefetched,
            ParameterValues constants,
            String layer,
            int[] labels) {
        try (TensorScope all = TensorScope.open()) {
            return new ScoreGradient(whole, batch, prefetched, layer).of(constants, labels);
        }
    }

    private boolean isInput(Plan of) {
        return of.network().inputs().contains(layer);
    }

    private float[] of(ParameterValues constants, int[] labels) {
        ForwardPass pass = new ForwardPass(plan, batch, constants, null, null, prefetched);
        Sharded outputs;
        if (isInput(plan)) {
            variable = variables(input());
            outputs = pass.run(Map.of(layer, variable), Tap.NONE).get(0);
        } else {
            ShardedStep wanted = plan.outputs().get(1);
            outputs = pass.run(Map.of(), (step, output) -> step == wanted ? variable = variables(output) : output)
                    .get(0);
        }
        Value scores = outputs.on(home(), outputs.whole());
        if (!scores.isOnTape()) {
            throw TandemException.argument(
                    OPERATION,
                    "the score does not depend on this layer",
                    layer,
                    "a layer on the way to " + plan.network().outputs().get(0),
                    "");
        }
        tape.backward(scores, chosen(scores.shape(), labels));
        Sharded gradients = mapped(variable, ScoreGradient::gradient);
        return gradients.on(home(), gradients.whole()).tensor().read();
    }

    private Device home() {
        return plan.devices().get(0);
    }

    /** The network's input of this name, whole, on the first device. */
    private Sharded input() {
        int index = plan.network().inputs().indexOf(layer);
        Shape shape = batch.shapes().get(index);
        ChannelRange channels = new ChannelRange(0, shape.rank() < 2 ? 1 : shape.dim(1));
        Value whole = Value.constant(home().allocate(shape).write(batch.memory(index), 0));
        return new Sharded(List.of(new Shard(new ShardExtent(0, shape.dim(0), channels), whole)), 0);
    }

    private Sharded variables(Sharded output) {
        return mapped(output, value -> tape.variable(value.tensor()));
    }

    private static Sharded mapped(Sharded values, Function<Value, Value> change) {
        return new Sharded(
                values.shards().stream()
                        .map(shard -> new Shard(shard.extent(), change.apply(shard.value())))
                        .toList(),
                values.joinAxis());
    }

    private static Value gradient(Value shard) {
        Tensor tensor = shard.tensor();
        return Value.constant(
                shard.hasGradient() ? shard.gradient() : tensor.device().filled(tensor.shape(), 0));
    }

    /** 1 for the output of each row that is its score, 0 for the others. */
    private Tensor chosen(Shape outputs, int[] labels) {
        if (labels.length != batch.rows()) {
            throw TandemException.argument(
                    OPERATION, "not one class of each row", labels.length, batch.rows() + " rows with data", "");
        }
        int classes = outputs.withoutBatch().arrayLength();
        float[] chosen = new float[outputs.arrayLength()];
        for (int row = 0; row < labels.length; row++) {
            if (labels[row] < 0 || labels[row] >= classes) {
                throw TandemException.argument(
                        OPERATION,
                        "no such class in row " + row,
                        labels[row],
                        "0 to " + (classes - 1),
                        "Use a position in the model's class names");
            }
            chosen[row * classes + labels[row]] = 1;
        }
        return home().tensor(outputs, chosen);
    }
}
