package dev.tandem.nn.checkpoint;

import dev.tandem.nn.train.PlacedModel;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The model of a checkpoint that is complete in itself.
 *
 * @param checkpoint is closed with it
 */
record CheckpointModel(Checkpoint checkpoint, ModelDescription description) implements PretrainedModel {
    static CheckpointModel of(Checkpoint checkpoint) {
        try {
            ModelDescription description = checkpoint
                    .description()
                    .orElseThrow(() -> TandemException.of(
                            ErrorCode.INVALID_CHECKPOINT,
                            "open " + checkpoint.file(),
                            "it does not say what its model is",
                            "a checkpoint without a description, as earlier versions wrote",
                            "one that is complete in itself",
                            "Resume its run for an epoch"));
            requireTrained(checkpoint);
            return new CheckpointModel(checkpoint, description);
        } catch (RuntimeException | Error e) {
            checkpoint.close();
            throw e;
        }
    }

    /** A run leaves a checkpoint before its first step, to be resumed from. */
    private static void requireTrained(Checkpoint checkpoint) {
        if (!checkpoint.state().hasLearned()) {
            throw TandemException.of(
                    ErrorCode.INVALID_CHECKPOINT,
                    "open " + checkpoint.file(),
                    "its model has not been trained yet",
                    "a checkpoint from before the first step",
                    "one of an epoch",
                    "Wait for the end of the first epoch, or continue the run with ./tandem train --resume");
        }
    }

    @Override
    public Path file() {
        return checkpoint.file();
    }

    @Override
    public List<String> classNames() {
        return checkpoint.state().classNames();
    }

    @Override
    public Map<String, Shape> parameters() {
        return checkpoint.parameters();
    }

    @Override
    public float[] read(String parameter) {
        return checkpoint.readParameter(parameter);
    }

    @Override
    public void restoreParameters(PlacedModel model) {
        checkpoint.restoreParameters(model);
    }

    @Override
    public void close() {
        checkpoint.close();
    }
}
