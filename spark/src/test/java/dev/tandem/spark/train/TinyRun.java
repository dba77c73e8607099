package dev.tandem.spark.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.imagenet.ImageSource;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.shard.PackOptions;
import dev.tandem.imagenet.shard.Packer;
import dev.tandem.nn.checkpoint.Safetensors;
import dev.tandem.nn.data.BatchMemory;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.Dataset;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Placement;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.run.PlannedRun;
import dev.tandem.run.RunFolder;
import dev.tandem.runtime.config.ConfigSources;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Training of tiny nets on a folder of tiny photographs in shards. */
public final class TinyRun {
    /** Images of a step. */
    static final int BATCH = 7;

    private TinyRun() {}

    /** 42 training images and 15 to validate on, of three classes, in shards of 10. */
    public static Path shards(Path folder) throws IOException {
        Path photographs = TestPhotographs.folder(folder.resolve("photographs"), 14, 5);
        return pack(photographs, folder.resolve("shards"), 90);
    }

    /** Packs photographs with JPEGs of some quality. */
    static Path pack(Path photographs, Path shards, int quality) {
        Packer.pack(
                ImageSource.open(photographs, ScanProgress.silent()),
                shards,
                new PackOptions(67, false, PackOptions.Encoding.JPEG, quality, 1, 10, false),
                ImageOptions.defaults(),
                2,
                ScanProgress.silent());
        return shards;
    }

    /** Settings of a run; {@code more} are stronger. */
    public static TandemConfig config(Path shards, Map<String, ?> more) {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("tandem.backend", "cpu");
        settings.put("tandem.cpu.threads", 1);
        settings.put("tandem.recipe", "tiny-paper");
        settings.put("tandem.train.batch", BATCH);
        settings.put("tandem.train.epochs", 3);
        settings.put("tandem.data", shards.toString());
        settings.putAll(more);
        return new ConfigSources().add("test", settings).load();
    }

    /** What is done with a model after each step. */
    interface AfterStep {
        void done(long step, PlacedModel model);
    }

    /**
     * Trains a model as a trainer does, step by step.
     *
     * @param steps how many batches
     */
    static PlacedModel train(PlannedRun plan, Placement placement, int steps, AfterStep after) {
        Recipe recipe = plan.recipe();
        PlacedModel model = placement.place(recipe);
        model.initialize(plan.config().train().seed());
        Dataset data = placement.feed(plan.images());
        int batches = data.trainingSize() / recipe.batch();
        List<Double> weights = plan.config().train().classWeights().weights(data.trainingSizes());
        for (int step = 0; step < steps; ) {
            int epoch = step / batches;
            try (BatchStream stream = data.training(
                    recipe.augmentation(epoch),
                    plan.config().train().seed(),
                    epoch,
                    0,
                    recipe.batch(),
                    BatchMemory.ARRAYS)) {
                for (HostBatch batch = stream.next(); batch != null && step < steps; batch = stream.next()) {
                    int update = step / recipe.accumulate();
                    StepSettings settings =
                            new StepSettings(plan.config().train().seed(), update, step, 0.002, Map.of(), weights);
                    if ((step + 1) % recipe.accumulate() == 0) {
                        model.step(batch, settings);
                    } else {
                        model.accumulate(batch, settings);
                    }
                    stream.recycle(batch);
                    after.done(step++, model);
                }
            }
        }
        return model;
    }

    /** The mean loss of each update. */
    static List<Double> losses(PlannedRun plan, Placement placement, int steps) {
        List<Double> losses = new ArrayList<>();
        AfterStep taken = (step, model) -> {
            if ((step + 1) % plan.recipe().accumulate() == 0) {
                losses.add(model.takeLoss().mean());
            }
        };
        train(plan, placement, steps, taken).close();
        return losses;
    }

    /** All parameters and what the optimizer keeps, by name. */
    static Map<String, float[]> numbers(PlacedModel model) {
        Map<String, float[]> numbers = new LinkedHashMap<>();
        model.parameters().forEach(spec -> {
            numbers.put(spec.name(), model.read(spec.name()));
            for (String state : spec.isTrained() ? model.state() : List.<String>of()) {
                numbers.put(state + "/" + spec.name(), model.readState(state, spec.name()));
            }
        });
        return numbers;
    }

    /** Asserts that all numbers have the same bits; AssertJ's own comparison takes minutes for millions. */
    static void assertSame(Map<String, float[]> actual, Map<String, float[]> expected) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        actual.forEach((name, values) -> assertThat(Arrays.mismatch(values, expected.get(name)))
                .as("first difference in %s", name)
                .isEqualTo(-1));
    }

    /** All that a run's last checkpoint holds, number by number. */
    static Map<String, float[]> checkpoint(RunFolder run) {
        Map<String, float[]> numbers = new LinkedHashMap<>();
        try (Safetensors tensors = Safetensors.open(run.checkpoint("last"))) {
            tensors.shapes().forEach((name, shape) -> numbers.put(name, tensors.read(name, shape)));
        }
        return numbers;
    }
}
