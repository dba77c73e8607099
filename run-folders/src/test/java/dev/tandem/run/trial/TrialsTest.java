package dev.tandem.run.trial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.TrainingControl;
import dev.tandem.nn.train.TrainingListener;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.run.RunFolder;
import dev.tandem.run.trial.TrialResult.End;
import dev.tandem.runtime.config.ConfigSources;
import dev.tandem.spi.TandemException;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trials are trained once, go on exactly, and are not mixed with others. */
class TrialsTest {
    private static final String TINY = "recipes.small { width = 12, hidden = 16, image = 60, crop = 56 }";

    @TempDir
    Path folder;

    private Path data;

    @BeforeEach
    void photographs() throws IOException {
        data = TestPhotographs.folder(folder.resolve("data"), 8, 4);
    }

    private Trial trial(String name, String more) {
        String settings = "tandem { backend = cpu, recipe = small, " + TINY
                + ", train.epochs = 3, train.batch = 8, data = \"" + data + "\" }\n";
        return new Trial(
                name, new ConfigSources().addText(more).addText(settings).load());
    }

    private Trials trials(String name) {
        return new Trials(folder.resolve(name));
    }

    private static final class Counting implements TrainingListener {
        private final List<Integer> epochs = new ArrayList<>();

        @Override
        public void onEpoch(EpochRecord epoch, TrainingState state, PlacedModel model) {
            epochs.add(epoch.epoch());
        }
    }

    private static float[] weights(Trials trials, Trial trial) {
        Path last = new RunFolder(trials.path(trial)).checkpoint("last");
        try (Checkpoint checkpoint = Checkpoint.open(last)) {
            return checkpoint.readParameter("conv1.weight");
        }
    }

    private static List<Double> losses(TrialResult result) {
        return result.history().stream().map(EpochRecord::trainingLoss).toList();
    }

    @Test
    void aTrialIsTrainedOnce() {
        Counting first = new Counting();
        Counting other = new Counting();
        TrialResult trained = trials("once").run(trial("a", ""), first, other);
        assertThat(trained.end()).isEqualTo(End.FINISHED);
        assertThat(first.epochs).containsExactly(1, 2, 3);
        assertThat(other.epochs).containsExactly(1, 2, 3);
        Counting second = new Counting();
        TrialResult again = trials("once").run(trial("a", "tandem.train.workers = 2"), second);
        assertThat(second.epochs).isEmpty();
        assertThat(again.end()).isEqualTo(End.FINISHED);
        assertThat(again.history()).isEqualTo(trained.history());
    }

    @Test
    void aTrialThatWasAskedToStopGoesOnExactly() {
        Trial trial = trial("a", "");
        Trials whole = trials("whole");
        TrialResult uninterrupted = whole.run(trial);
        Trials stopped = trials("stopped");
        TrialResult part = stopped.run(trial, new TrainingListener() {
            @Override
            public void onStep(Progress progress) {
                if (progress.epoch() == 1) {
                    stopped.requestStop();
                }
            }

            @Override
            public void onEpoch(EpochRecord epoch, TrainingState state, PlacedModel model) {}
        });
        assertThat(part.end()).isEqualTo(End.STOPPED);
        assertThat(part.history()).hasSize(1);
        TrialResult next = stopped.run(trial("b", ""));
        assertThat(next.end()).isEqualTo(End.STOPPED);
        assertThat(next.history()).isEmpty();
        assertThat(folder.resolve("stopped/b")).doesNotExist();
        Counting more = new Counting();
        TrialResult end = trials("stopped").run(trial, more);
        assertThat(end.end()).isEqualTo(End.FINISHED);
        assertThat(more.epochs).containsExactly(2, 3);
        assertThat(losses(end)).isEqualTo(losses(uninterrupted));
        assertThat(weights(stopped, trial)).isEqualTo(weights(whole, trial));
    }

    @Test
    void aTrialThatAListenerFinishedIsFinished() {
        TrainingListener finishing = new TrainingListener() {
            private TrainingControl run;

            @Override
            public void onStart(TrainingState state, TrainingControl control) {
                run = control;
            }

            @Override
            public void onEpoch(EpochRecord epoch, TrainingState state, PlacedModel model) {
                run.finish("enough was seen");
            }
        };
        TrialResult early = trials("early").run(trial("a", ""), finishing);
        assertThat(early.end()).isEqualTo(End.FINISHED);
        assertThat(early.history()).hasSize(1);
        Counting none = new Counting();
        assertThat(trials("early").run(trial("a", ""), none).history()).isEqualTo(early.history());
        assertThat(none.epochs).isEmpty();
    }

    @Test
    void aTrialOfOtherSettingsOrImagesIsRefused() throws IOException {
        Trials trials = trials("mixed");
        trials.check(trial("a", ""));
        trials.run(trial("a", "tandem.train.epochs = 1"));
        trials.check(trial("a", "tandem.train.epochs = 1"));
        Map.of(
                        "train.epochs", "2",
                        "train.learning-rate", "0.02",
                        "train.early-stopping", "5",
                        "recipes.small.hidden", "17",
                        "ablations", "[no-lrn]")
                .forEach((key, value) -> {
                    Trial other = trial(
                            "a",
                            "tandem { " + key + " = " + value
                                    + (key.equals("train.epochs") ? " }" : ", train.epochs = 1 }"));
                    for (Runnable use : List.<Runnable>of(() -> trials.check(other), () -> trials.run(other))) {
                        assertThatThrownBy(use::run)
                                .isInstanceOf(TandemException.class)
                                .hasMessageStartingWith(
                                        "trial a: tandem." + key + " differs from the run's, got " + value)
                                .hasMessageEndingWith("or choose another folder than " + folder.resolve("mixed"));
                    }
                });
        Files.delete(data.resolve("val/blue").toFile().listFiles()[0].toPath());
        assertThatThrownBy(() -> trials.run(trial("a", "tandem.train.epochs = 1")))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("trial a: it was trained on other images (fingerprint), got ");
        Files.createDirectories(folder.resolve("mixed/b/checkpoints"));
        assertThatThrownBy(() -> trials.check(trial("b", "")))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("it holds a run");
    }

    @Test
    void aBatchOfAllTrainingImagesIsTheSameTrial() {
        String bigger = "tandem { train.batch = 1000, train.epochs = 1 }";
        Trials trials = trials("batch");
        TrialResult first = trials.run(trial("a", bigger));
        trials.check(trial("a", bigger));
        assertThat(trials.run(trial("a", bigger)).history()).isEqualTo(first.history());
    }

    @Test
    void aTrialThatDivergesIsAResult() {
        Trial steep = trial("steep", "tandem.train.learning-rate = 1000");
        TrialResult result = trials("rates").run(steep);
        assertThat(result.end()).isEqualTo(End.DIVERGED);
        assertThat(trials("rates").run(steep).end()).isEqualTo(End.DIVERGED);
    }

    @Test
    void aNameIsThatOfAFolder() {
        assertThat(trial("no-lrn+tanh-seed-1", "").name()).isEqualTo("no-lrn+tanh-seed-1");
        for (String name : List.of("", "..", "a/b", "-a", "a b", "a".repeat(201))) {
            assertThatThrownBy(() -> trial(name, ""))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("its name is no name of a folder");
        }
    }
}
