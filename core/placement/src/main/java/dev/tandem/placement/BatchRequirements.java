package dev.tandem.placement;

import dev.tandem.nn.data.BatchPart;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a batch must be for a model that was placed by {@code plan}. */
record BatchRequirements(Plan plan) {
    /** Checks that {@code batch} has inputs of the shapes that the network was placed for. */
    void inputs(HostBatch batch) {
        List<String> names = plan.network().inputs();
        if (batch.shapes().size() != names.size()) {
            throw TandemException.argument(
                    "model",
                    "another number of inputs",
                    batch.shapes().size(),
                    names.size() + ": " + names,
                    "Make the batch with HostBatch.of, a shape for each input");
        }
        for (int i = 0; i < names.size(); i++) {
            Shape given = batch.shapes().get(i).withoutBatch();
            Shape placed = plan.inputs().get(i).withoutBatch();
            if (!given.equals(placed)) {
                throw TandemException.argument(
                        "model",
                        names.get(i) + " of another shape",
                        given,
                        placed,
                        "Place the network for these inputs, or prepare them as it needs");
            }
        }
    }

    /** Checks that all rows of {@code batch} have data, and that they are those of {@code part}, if that is not null. */
    void trainable(HostBatch batch, @Nullable BatchPart part) {
        requirePart(batch, part);
        if (batch.rows() != batch.shape().dim(0)) {
            throw TandemException.argument(
                    "train a step",
                    "a batch that is not full",
                    batch.rows() + " rows",
                    batch.shape().dim(0),
                    "Fill all rows: empty rows would be trained on as well");
        }
    }

    private void requirePart(HostBatch batch, @Nullable BatchPart part) {
        if (part == null) {
            return;
        }
        if (part.rows() != batch.rows()) {
            throw TandemException.argument(
                    "train a step", "not the rows of the part", batch.rows(), part.rows() + " rows: " + part, "");
        }
        if (plan.steps().stream().anyMatch(step -> step.axis() == Axis.CHANNEL)) {
            throw TandemException.argument(
                    "train a step",
                    "part of a batch, on devices that divide channels",
                    part,
                    "a placement that divides nothing, or the batch",
                    "Set tandem.placement.strategy = single or data");
        }
    }
}
