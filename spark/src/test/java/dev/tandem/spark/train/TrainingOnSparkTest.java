package dev.tandem.spark.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.imagenet.ImageSource;
import dev.tandem.imagenet.options.FolderOptions;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.shard.PackOptions;
import dev.tandem.imagenet.shard.Packer;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.TrainingListener;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.run.TrainingRun;
import dev.tandem.runtime.Tandem;
import dev.tandem.runtime.config.ConfigSources;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingOnSparkTest {
    @TempDir
    Path folder;

    private Path shards() throws IOException {
        Path photographs = TestPhotographs.folder(folder.resolve("photographs"), 14, 5);
        return pack(photographs);
    }

    private Path pack(Path photographs) {
        Path shards = folder.resolve("shards");
        Packer.pack(
                ImageSource.open(photographs, FolderOptions.defaults(), ScanProgress.silent()),
                shards,
                new PackOptions(60, false, PackOptions.Encoding.JPEG, 90, 1, 10, false),
                ImageOptions.defaults(),
                2,
                ScanProgress.silent());
        return shards;
    }

    private static TandemConfig config(Path shards, Map<String, Object> more) {
        return new ConfigSources()
                .add("test", more)
                .add(
                        "tiny",
                        Map.of(
                                "tandem.backend", "cpu",
                                "tandem.recipe", "small",
                                "tandem.recipes.small.width", 12,
                                "tandem.recipes.small.hidden", 16,
                                "tandem.recipes.small.image", 60,
                                "tandem.recipes.small.crop", 56,
                                "tandem.train.batch", 6,
                                "tandem.train.epochs", 3,
                                "tandem.data", shards.toString()))
                .load();
    }

    private record Run(List<EpochRecord> epochs) implements TrainingListener {
        @Override
        public void onEpoch(EpochRecord epoch, TrainingState state, dev.tandem.nn.train.PlacedModel model) {
            epochs.add(epoch);
        }
    }

    @Test
    void oneLocalStepIsDataParallelTraining() throws IOException {
        Path shards = shards();
        Run expected = new Run(new ArrayList<>());
        try (Tandem tandem = Tandem.configure(
                        config(shards, Map.of("tandem.placement.strategy", "data", "tandem.cpu.devices", 2)));
                TrainingRun run = TrainingRun.begin(tandem, folder.resolve("one"), expected)) {
            run.train();
        }
        Run actual = new Run(new ArrayList<>());
        SparkConf conf =
                new SparkConf().setMaster("local[2]").setAppName("test").set("spark.ui.enabled", "false");
        try (JavaSparkContext context = new JavaSparkContext(conf);
                SparkTraining run = SparkTraining.begin(
                        context, config(shards, Map.of("tandem.cluster.workers", 2)), folder.resolve("two"), actual)) {
            run.train();
        }
        for (int i = 0; i < 3; i++) {
            System.err.println(expected.epochs().get(i) + "\n" + actual.epochs().get(i));
        }
        assertThat(actual.epochs()).hasSize(3);
    }
}
