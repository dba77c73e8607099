package dev.tandem.spark.train;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.data.BatchPart;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.loss.Loss;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.ActivationHealth;
import dev.tandem.nn.train.HostGradients;
import dev.tandem.nn.train.Outcome;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.run.Photographs;
import dev.tandem.runtime.Tandem;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.spark.cluster.ExecutorTandem;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.apache.spark.broadcast.Broadcast;

/**
 * What an executor keeps of a run from round to round: the model, the images, and streams that have read ahead. All of
 * it can be made again from what travels with a task. One task at a time uses it.
 */
final class ExecutorModel implements AutoCloseable {
    private final RunSpec spec;
    private final Recipe recipe;
    private final ImageFolder images;
    private final Tandem tandem;
    private PlacedModel model;
    private final StateLayout layout;
    private final GradientLayout gradientLayout;
    private final WorkerStreams streams;
    private long snapshot = -1;
    private int updates;
    private boolean isDirty = true;
    private boolean isUnderWay;

    private ExecutorModel(RunSpec spec, Tandem tandem) {
        this.spec = spec;
        this.tandem = tandem;
        this.recipe =
                new ConfiguredRecipe(tandem.config()).forClasses(spec.classes()).withBatch(spec.batch());
        this.images = new Photographs(tandem.config())
                .open(recipe.preprocessing(), Optional.of(statistics(spec)), true, ScanProgress.silent());
        requireSame(spec, images);
        this.model = placed();
        this.layout = new StateLayout(model.parameters(), model.state());
        this.gradientLayout = new GradientLayout(recipe);
        this.streams = new WorkerStreams(images, recipe, model.devices());
    }

    private PlacedModel placed() {
        int rows = spec.part(spec.workers() - 1).rows(); // no worker has more
        return tandem.placement().place(recipe.network(), recipe.inputs(rows), recipe.training());
    }

    private static TrainingStatistics statistics(RunSpec spec) {
        try {
            return TrainingStatistics.read(new DataInputStream(new ByteArrayInputStream(spec.statistics())));
        } catch (IOException e) {
            throw new IllegalStateException("the driver wrote them", e);
        }
    }

    private static void requireSame(RunSpec spec, ImageFolder images) {
        if (!images.fingerprint().equals(spec.fingerprint())) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "train on Spark",
                    "an executor finds other images than the driver",
                    images.trainingSize() + " training images, fingerprint " + images.fingerprint(),
                    spec.fingerprint(),
                    "Put the same data at the same place of every machine, or on a file system that all of them share");
        }
    }

    /** The model of a run, for the task that calls this until it ends. Of an earlier run nothing is kept. */
    static ExecutorModel take(RunSpec spec) {
        spec.hadoop().use();
        return ExecutorTandem.alone(
                spec.configuration(), spec.id(), ExecutorModel.class, tandem -> new ExecutorModel(spec, tandem));
    }

    StateLayout layout() {
        return layout;
    }

    GradientLayout gradientLayout() {
        return gradientLayout;
    }

    /** Brings the model to the state that {@code wanted} says. */
    void bringTo(StateReference wanted) {
        if (isUnderWay) {
            // A task has failed in its steps. What it left, such as accumulated gradients, would count in the next
            // ones.
            model.close();
            model = placed();
            isDirty = true;
            isUnderWay = false;
        }
        if (isDirty
                || snapshot != wanted.snapshot()
                || updates > wanted.updates().size()) {
            isDirty = true;
            // Slices are received while others are copied into the model. This asks for each of them, too, and fails
            // then if one does not come.
            CompletableFuture<Void> ahead =
                    CompletableFuture.runAsync(() -> wanted.slices().forEach(Broadcast::value));
            layout.write(slice -> wanted.slices().get(slice).value(), model);
            ahead.cancel(false);
            snapshot = wanted.snapshot();
            updates = 0;
            isDirty = false;
        }
        while (updates < wanted.updates().size()) {
            Update update = wanted.updates().get(updates).value();
            isDirty = true;
            model.update(
                    gradientLayout.gradients(update.parts(), update.absent()),
                    update.step().settings());
            isDirty = false;
            updates++;
        }
    }

    /** The slices of the state that the model is in. */
    IntFunction<Floats> slices() {
        return layout.reader(model);
    }

    /** The gradients of a worker's rows of the batches of one update; the model stays as it is. */
    WorkerResult gradients(int worker, List<PlannedStep> steps) {
        BatchPart part = spec.part(worker);
        GradientLayout.Sums sums = gradientLayout.new Sums();
        Map<String, float[]> states = steps.size() > 1 ? states() : Map.of();
        double loss = 0;
        isUnderWay = true;
        try (WorkerStreams.Round round = streams.round(worker, part, steps)) {
            for (int i = 0; i < steps.size(); i++) {
                PlannedStep step = steps.get(i);
                HostBatch batch = round.next();
                HostGradients gradients = model.gradients(batch, step.settings(part), gradientLayout.factored());
                round.recycle(batch);
                double share = streams.share(step, part);
                loss += share * gradients.loss();
                boolean last = i == steps.size() - 1;
                sums.add(gradients, share / steps.size(), last, part.rows() / (double) part.whole());
                if (!last) {
                    gradients.states().forEach(model::write);
                }
            }
            states.forEach(model::write);
            isUnderWay = false;
            return new WorkerResult(sums::part, loss, sums.absent(), round.waitedSeconds());
        }
    }

    /** The values of the states, such as running statistics, which move with each batch of an update. */
    private Map<String, float[]> states() {
        Map<String, float[]> values = new LinkedHashMap<>();
        model.parameters().stream()
                .filter(ParameterSpec::isState)
                .forEach(state -> values.put(state.name(), model.read(state.name())));
        return values;
    }

    /** What a worker's steps on its rows make of the model. */
    WorkerResult localSteps(int worker, List<PlannedStep> steps) {
        BatchPart part = spec.part(worker);
        isDirty = true;
        isUnderWay = true;
        model.takeLoss();
        try (WorkerStreams.Round round = streams.round(worker, part, steps)) {
            HostBatch batch = round.next();
            for (int i = 0; i < steps.size(); i++) {
                PlannedStep step = steps.get(i);
                if (step.updates()) {
                    model.step(batch, step.settings(part));
                } else {
                    model.accumulate(batch, step.settings(part));
                }
                round.recycle(batch);
                if (i + 1 < steps.size()) {
                    // Copied while the devices compute this step.
                    batch = round.next();
                    model.prefetch(batch);
                }
            }
            double loss = model.takeLoss().sum() * part.rows() / part.whole();
            isUnderWay = false;
            return new WorkerResult(slices(), loss, List.of(), round.waitedSeconds());
        }
    }

    /** What the model predicts for some validation images, batch by batch, with the loss of each if that is wanted. */
    List<Outcome> validate(int from, int to, boolean withLosses) {
        Loss loss = recipe.training().loss();
        List<Outcome> outcomes = new ArrayList<>();
        int rows = Math.min(to - from, spec.batch());
        int[] positions = IntStream.range(from, to).toArray();
        if (positions.length == 0) {
            return outcomes;
        }
        try (BatchStream stream = images.chosen(Split.VALIDATION, positions, rows)) {
            for (HostBatch batch = stream.next(); batch != null; batch = stream.next()) {
                outcomes.add(
                        withLosses
                                ? model.evaluate(batch, loss)
                                : new Outcome(model.predictions(batch, loss), new float[0]));
                stream.recycle(batch);
            }
        }
        return outcomes;
    }

    /** The activations over the first worker's rows of a batch. */
    Map<String, ActivationHealth> activations(int epoch, int batch, long seed) {
        try (BatchStream stream = streams.open(epoch, batch, seed, spec.part(0))) {
            return model.activations(stream.next());
        }
    }

    @Override
    public void close() {
        streams.close();
        model.close();
        images.close();
    }
}
