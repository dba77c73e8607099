package dev.tandem.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.checkpoint.Safetensors;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Trainer;
import dev.tandem.nn.train.TrainingState;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32C;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** A checkpoint as the first release wrote it, before there were other optimizers, averages and metrics. */
class OldCheckpointTest extends SmallRun {
    private static final String STATE = """
            {"recipe":"test","classNames":["red","green","blue"],"seed":1,"batch":6,"dataFingerprint":"synthetic",\
            "epoch":1,"batchInEpoch":2,"step":8,"loss":{"sum":%s,"steps":%d},"rateFactor":1.0,"events":[],\
            "history":[{"epoch":1,"step":6,"rate":0.05,"trainingLoss":%s,"top1Error":%s,"top5Error":null,\
            "logLoss":%s,"imagesPerSecond":120.5,"dataWaitShare":0.25,\
            "devices":[{"device":"reference:0","receivedBytes":0,"busySeconds":null,"idleShare":null}],\
            "health":{"activations":{"conv1":{"deadShare":0.0,"saturatedShare":0.0}},\
            "updateRatios":{"conv1.weight":0.01}},"seconds":1.5}],\
            "trained":null,"learningRateLimit":null,"devices":["reference:0, a device"]}""";

    @Test
    void isResumed() {
        Recipe recipe = recipe(0.05);
        Recorder recorder = new Recorder();
        recorder.stopAfter = 8;
        Path file = folder.resolve("old.safetensors");
        EpochRecord first;
        try (PlacedModel model = place(recipe, Strategy.SINGLE)) {
            model.initialize(1);
            recorder.trainer = new Trainer(recipe, model, data, recorder);
            TrainingState stopped = recorder.trainer.train(recorder.trainer.begin(1));
            first = stopped.history().get(0);
            write(file, model, stopped);
        }
        try (PlacedModel model = place(recipe, Strategy.SINGLE);
                Checkpoint checkpoint = Checkpoint.open(file)) {
            assertThat(checkpoint.description()).isEmpty();
            EpochRecord read = checkpoint.state().history().get(0);
            assertThat(read.metrics()).isEmpty();
            assertThat(read.logLoss()).isEqualTo(first.logLoss());
            assertThat(read.validationLoss()).isEqualTo(first.logLoss());
            assertThat(read.health().updateRatios()).containsEntry("conv1.weight", 0.01);
            checkpoint.requireSame("test", 3);
            checkpoint.restore(model);
            new Trainer(recipe, model, data, new Recorder()).train(checkpoint.state());
            List<float[]> whole = trainedInOneGo();
            List<float[]> resumed = weights(model);
            for (int i = 0; i < whole.size(); i++) {
                // The checkpoint is in single precision, the reference in double: the last bits differ there alone.
                assertThat(resumed.get(i)).containsExactly(whole.get(i), Offset.offset(1e-6f));
            }
        }
    }

    private static void write(Path file, PlacedModel model, TrainingState state) {
        EpochRecord epoch = state.history().get(0);
        String json = String.format(
                Locale.ROOT,
                STATE,
                state.loss().sum(),
                state.loss().steps(),
                epoch.trainingLoss(),
                epoch.top1Error(),
                epoch.logLoss());
        CRC32C checksum = new CRC32C();
        checksum.update(json.getBytes(StandardCharsets.UTF_8));
        List<Safetensors.Entry> entries = new ArrayList<>();
        model.parameters()
                .forEach(spec ->
                        entries.add(new Safetensors.Entry(spec.name(), spec.shape(), () -> model.read(spec.name()))));
        model.parameters()
                .forEach(spec -> entries.add(new Safetensors.Entry(
                        "velocity/" + spec.name(), spec.shape(), () -> model.readState("velocity", spec.name()))));
        Map<String, String> metadata =
                Map.of("tandem.state", json, "tandem.state.crc32c", String.format("%08x", checksum.getValue()));
        Safetensors.write(file, metadata, entries);
    }
}
