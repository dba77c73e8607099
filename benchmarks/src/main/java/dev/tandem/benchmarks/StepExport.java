package dev.tandem.benchmarks;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Tape;
import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.checkpoint.Safetensors;
import dev.tandem.nn.checkpoint.Safetensors.Entry;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.Context;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.optimizer.Sgd;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.RecipeChoice;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.runtime.Tandem;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.RandomKey.Purpose;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Exports the first steps of a recipe, with all that goes in and comes out, for {@code benchmarks/parity.py} to check
 * against PyTorch: {@code StepExport RECIPE BATCH STEPS FILE SEED}. A unit that lies within rounding of ReLU's corner
 * takes different sides in single and double precision, which shows as a difference of 1e-2 or so in one channel's
 * gradient: try another seed.
 */
public final class StepExport {
    private static final double RATE = 0.001;

    public static void main(String[] args) {
        try (Tandem tandem = Tandem.configure("tandem.backend = cpu")) {
            RecipeChoice which = RecipeChoice.of(args[0], Map.of(), List.of());
            Recipe recipe = which.recipe(which.provider().usualClasses()).withBatch(Integer.parseInt(args[1]));
            export(tandem, recipe, Integer.parseInt(args[2]), Path.of(args[3]), Long.parseLong(args[4]));
        }
    }

    static void export(Tandem tandem, Recipe recipe, int steps, Path file, long seed) {
        HostBatch batch = batch(recipe, seed);
        List<Entry> entries = new ArrayList<>();
        entries.add(new Entry("images", batch.shape(), batch.images()::array));
        entries.add(new Entry("labels", Shape.of(recipe.batch()), () -> floats(batch.labels())));
        gradients(tandem.devices().get(0), recipe, batch, seed, entries);
        try (PlacedModel model = tandem.placement().place(recipe.network(), batch.shape(), recipe.training())) {
            model.initialize(seed);
            float[] losses = new float[steps];
            for (int step = 0; step < steps; step++) {
                model.step(batch, new StepSettings(seed, step, RATE));
                losses[step] = (float) model.takeLoss().mean();
            }
            entries.add(new Entry("losses", Shape.of(steps), () -> losses));
            for (ParameterSpec spec : model.parameters()) {
                entries.add(new Entry("final/" + spec.name(), spec.shape(), () -> model.read(spec.name())));
            }
            Safetensors.write(file, metadata(recipe, seed), entries);
        }
    }

    private static Map<String, String> metadata(Recipe recipe, long seed) {
        Sgd sgd = (Sgd) recipe.training().optimizer();
        return Map.of(
                "recipe", recipe.name(),
                "seed", Long.toString(seed),
                "rate", Double.toString(RATE),
                "momentum", Double.toString(sgd.momentum()),
                "decay", Double.toString(sgd.weightDecay()),
                "rule", sgd.rule().name());
    }

    private static HostBatch batch(Recipe recipe, long seed) {
        HostBatch batch = new HostBatch(recipe.input(recipe.batch()));
        float[] images = batch.images().array();
        Philox.gaussians(new RandomKey(seed, Purpose.SYNTHETIC, 0, 0), 0, images, 0, images.length);
        for (int i = 0; i < images.length; i++) {
            images[i] *= 60; // about the spread of pixels less their mean
        }
        for (int i = 0; i < recipe.batch(); i++) {
            batch.labels()[i] = Philox.below(new RandomKey(seed, Purpose.SYNTHETIC, 1, 0), i, recipe.classes());
        }
        return batch;
    }

    private static void gradients(Device device, Recipe recipe, HostBatch batch, long seed, List<Entry> entries) {
        try (TensorScope scope = TensorScope.open()) {
            Tape tape = new Tape();
            Map<String, Value> parameters = new HashMap<>();
            List<ParameterSpec> specs = recipe.network().parameters(batch.shape());
            for (ParameterSpec spec : specs) {
                parameters.put(spec.name(), tape.variable(device.tensor(spec.shape(), spec.initialValues(seed))));
                entries.add(new Entry("init/" + spec.name(), spec.shape(), () -> spec.initialValues(seed)));
            }
            Value images =
                    Value.constant(device.tensor(batch.shape(), batch.images().array()));
            Value logits = recipe.network().forward(images, Context.training(device, parameters, seed, 0));
            float[] read = logits.tensor().read();
            entries.add(new Entry("logits", logits.shape(), () -> read));
            tape.backward(Functions.crossEntropy(logits, device.labels(batch.labels()))
                    .mean());
            for (ParameterSpec spec : specs) {
                float[] gradient = parameters.get(spec.name()).gradient().read();
                entries.add(new Entry("gradient/" + spec.name(), spec.shape(), () -> gradient));
            }
        }
    }

    private static float[] floats(int[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = values[i];
        }
        return floats;
    }
}
