package dev.tandem.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Dropout;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.Pooling;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.schedule.OnPlateau;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.RunEvent;
import dev.tandem.nn.train.Trainer;
import dev.tandem.nn.train.TrainingListener;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Device;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** A run of a small network on data made for it, on two devices of the reference. */
abstract class SmallRun {
    static final int BATCH = 6;

    final SyntheticData data = new SyntheticData(40, 15);
    final Backend backend = open();

    @TempDir
    Path folder;

    private static Backend open() {
        var provider = Backends.named("reference");
        return provider.open(BackendOptions.of(provider, Map.of("devices", 2L)));
    }

    @AfterEach
    void close() {
        backend.close();
    }

    static Recipe recipe(double rate) {
        Network network = Network.builder()
                .add("conv1", Convolution.of(4, 3).weights(Initializer.gaussian(0.3)))
                .add("relu1", Activation.relu())
                .add("pool1", Pooling.max(3).stride(2))
                .add("fc2", Linear.of(8).weights(Initializer.gaussian(0.3)))
                .add("tanh2", Activation.tanh())
                .add("drop2", Dropout.of(0.5))
                .add("fc3", Linear.of(3).weights(Initializer.gaussian(0.3)))
                .build();
        return Recipe.named("test")
                .network(network, 3)
                .preprocessing(new Preprocessing(9, 9, Pixels.MEAN_IMAGE))
                .schedule(new OnPlateau(rate, 10, 2, 3))
                .epochs(4)
                .batch(BATCH)
                .build();
    }

    final PlacedModel place(Recipe recipe, Strategy strategy) {
        List<Device> devices = strategy == Strategy.SINGLE ? backend.devices().subList(0, 1) : backend.devices();
        return DevicePlacement.of(strategy, devices)
                .place(recipe.network(), recipe.input(recipe.batch()), recipe.training());
    }

    /** Remembers epochs, and stops after a number of steps, leaving a checkpoint. */
    final class Recorder implements TrainingListener {
        final List<EpochRecord> epochs = new ArrayList<>();
        final List<RunEvent> events = new ArrayList<>();
        int stopAfter = Integer.MAX_VALUE;
        boolean stopInValidation;
        Trainer trainer;
        private int steps;

        @Override
        public void onStep(Progress progress) {
            assertThat(progress.batchesInEpoch()).isEqualTo(6);
            if (++steps == stopAfter) {
                trainer.requestStop();
            }
        }

        @Override
        public void onEvent(RunEvent event) {
            events.add(event);
        }

        @Override
        public void onEpoch(EpochRecord epoch, TrainingState state, PlacedModel model) {
            epochs.add(epoch);
        }

        @Override
        public void onTrained(TrainingState state, PlacedModel model) {
            if (stopInValidation && state.epoch() == 1) {
                trainer.requestStop();
            }
        }

        @Override
        public void onInterrupt(TrainingState state, PlacedModel model) {
            Checkpoint.write(folder.resolve("last.safetensors"), model, state);
        }
    }

    final List<float[]> weights(PlacedModel model) {
        List<float[]> all = new ArrayList<>();
        model.parameters().forEach(spec -> {
            all.add(model.read(spec.name()));
            model.state().forEach(state -> all.add(model.readState(state, spec.name())));
        });
        return all;
    }

    final List<float[]> trainedInOneGo() {
        return trainedInOneGo(recipe(0.05));
    }

    final List<float[]> trainedInOneGo(Recipe recipe) {
        try (PlacedModel model = place(recipe, Strategy.SINGLE)) {
            model.initialize(1);
            Trainer trainer = new Trainer(recipe, model, data, new Recorder());
            trainer.train(trainer.begin(1));
            return weights(model);
        }
    }
}
