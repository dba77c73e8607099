package dev.tandem.spark.train;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.loss.Loss;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.train.ActivationHealth;
import dev.tandem.nn.train.DeviceUse;
import dev.tandem.nn.train.HostGradients;
import dev.tandem.nn.train.LossSum;
import dev.tandem.nn.train.Outcome;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.placement.ExchangeCost;
import dev.tandem.spark.cluster.PackingRate;
import dev.tandem.spark.cluster.SparkFailure;
import dev.tandem.spark.cluster.WholeExecutors;
import dev.tandem.spi.Device;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleFunction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model that executors train, in rounds. A step is only noted here; a round runs when it has as many updates as it may,
 * and before anything is read. With one update a round, executors exchange gradients, and each keeps its model up to
 * date: the driver has the updates since it last had all numbers. With more, they exchange the numbers that their steps
 * have led to.
 */
final class ClusterModel implements PlacedModel {
    /** Numbers the snapshots of all models of this process: executors tell them apart by it. */
    private static final AtomicLong SNAPSHOTS = new AtomicLong();

    private static final Logger LOG = LoggerFactory.getLogger(ClusterModel.class);

    /** When updates have as many times the bytes of a snapshot, a snapshot takes their place. */
    private static final int SNAPSHOTS_OF_UPDATES = 2;

    private final JavaSparkContext context;
    private final Recipe recipe;
    private final int workers;
    private final int localSteps;
    private final int images;
    private final List<ParameterSpec> parameters;
    private final StateLayout layout;
    private final GradientLayout gradients;
    private final DriverState state;
    private final Exchange exchange;
    private final RoundTimes times;
    /** Measured before the first round, so that no executor waits for it. */
    private final ExchangeCost cost = ExchangeCost.of(PackingRate.bytesPerSecond());

    private final Broadcast<RunSpec> spec;
    private final List<PlannedStep> noted = new ArrayList<>();
    private LossSum losses = new LossSum(0, 0);
    private @Nullable StateReference sent;
    private boolean isCurrent = true;
    private @Nullable ClusterValidation validation;
    private long seed;
    private volatile @Nullable RoundExchange lastExchange;

    /**
     * A model without values yet.
     *
     * @param localSteps updates of a round
     * @param images how many validation images there are
     */
    ClusterModel(JavaSparkContext context, Recipe recipe, RunSpec spec, int localSteps, int images) {
        this.context = context;
        this.recipe = recipe;
        this.workers = spec.workers();
        this.localSteps = localSteps;
        this.images = images;
        this.parameters = recipe.network().parameters(recipe.inputs(recipe.batch()));
        this.layout = new StateLayout(parameters, recipe.training().state());
        this.gradients = new GradientLayout(recipe);
        this.state = new DriverState(layout, recipe.training().averageDecay() > 0);
        this.exchange = new Exchange(context, workers);
        this.times = new RoundTimes(workers);
        this.spec = context.broadcast(spec);
    }

    /** Where the time went. */
    RoundTimes times() {
        return times;
    }

    /** What the exchange took in the epoch that was measured last; null before its end. */
    @Nullable
    RoundExchange lastExchange() {
        return lastExchange;
    }

    private boolean exchangesGradients() {
        return localSteps == 1;
    }

    @Override
    public void step(HostBatch batch, StepSettings settings) {
        note(batch, settings, true);
        long updates = noted.stream().filter(PlannedStep::updates).count();
        if (updates == localSteps) {
            runNoted();
        }
    }

    @Override
    public void accumulate(HostBatch batch, StepSettings settings) {
        note(batch, settings, false);
    }

    private void note(HostBatch batch, StepSettings settings, boolean updates) {
        ClusterDataset.TrainingBatch place = ClusterDataset.TrainingBatch.of(batch);
        if (!noted.isEmpty() && noted.get(0).epoch() != place.epoch()) {
            runNoted(); // a round has batches of one epoch
        }
        seed = settings.seed();
        noted.add(PlannedStep.of(place.epoch(), place.batch(), settings, updates));
    }

    @Override
    public boolean isResumable() {
        return noted.isEmpty();
    }

    /** Runs the steps that were noted, as one round. */
    private void runNoted() {
        if (noted.isEmpty()) {
            return;
        }
        List<PlannedStep> steps = List.copyOf(noted);
        noted.clear();
        validation = null;
        long began = System.nanoTime();
        boolean isNew = sent == null;
        StateReference before = send();
        RoundTask task = new RoundTask(spec, before, steps, exchangesGradients());
        int parts = exchangesGradients() ? gradients.parts() : layout.slices();
        Exchange.Result result = exchange.run(task, parts, exchangesGradients() ? gradients.slices() : parts);
        double loss = 0;
        for (WorkerReport report : result.reports()) {
            loss += report.loss();
        }
        losses = losses.plus(new LossSum(loss, steps.size()));
        long received = isNew ? layout.total() * Float.BYTES : 0;
        if (exchangesGradients()) {
            PlannedStep last = steps.get(steps.size() - 1);
            append(new Update(
                    last, List.of(result.parts()), result.reports().get(0).absent()));
            received += gradients.bytes((long) recipe.batch() * steps.size());
        } else {
            for (int slice = 0; slice < parts; slice++) {
                state.set(slice, result.parts()[slice]);
            }
            forget();
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        times.add(seconds, result.reports(), received);
        LOG.debug("A round of {} batches took {} s: {}", steps.size(), seconds, result.reports());
    }

    /** What the executors begin with; if they have not got it, it is sent. */
    private StateReference send() {
        if (sent == null) {
            sent = new StateReference(SNAPSHOTS.incrementAndGet(), state.send(context), List.of());
        }
        return sent;
    }

    private void append(Update update) {
        List<Broadcast<Update>> updates = new ArrayList<>(sent.updates());
        updates.add(context.broadcast(update));
        sent = new StateReference(sent.snapshot(), sent.slices(), updates);
        isCurrent = false;
        long updateBytes = updates.size() * gradients.bytes((long) recipe.batch() * recipe.accumulate());
        if (updateBytes > SNAPSHOTS_OF_UPDATES * layout.total() * Float.BYTES) {
            fetch();
            forget();
        }
    }

    /** Takes back what was sent: all of it is on the driver now. */
    private void forget() {
        validation = null;
        if (sent != null) {
            sent.slices().forEach(slice -> slice.destroy());
            sent.updates().forEach(update -> update.destroy());
            sent = null;
        }
        isCurrent = true;
    }

    /** Has all numbers on the driver. */
    private void fetch() {
        runNoted();
        if (isCurrent) {
            return;
        }
        int together = 16;
        for (int from = 0; from < layout.slices(); from += together) {
            SliceTask task = new SliceTask(spec, sent, from, Math.min(layout.slices(), from + together));
            SparkFailure.during(
                            "train on Spark",
                            () -> exchange.tasks().mapPartitions(task).collect())
                    .forEach(slice -> state.set(slice.part(), slice.values()));
        }
        isCurrent = true;
    }

    @Override
    public LossSum takeLoss() {
        LossSum taken = losses;
        losses = new LossSum(0, 0);
        return taken;
    }

    @Override
    public float[] predictions(HostBatch batch, Loss loss) {
        return validated(batch, false).predictions();
    }

    @Override
    public Outcome evaluate(HostBatch batch, Loss loss) {
        return validated(batch, true);
    }

    private Outcome validated(HostBatch placeholder, boolean withLosses) {
        runNoted();
        int first = ClusterDataset.firstPosition(placeholder);
        if (validation == null || first == 0) { // an earlier one may have been stopped
            validation = new ClusterValidation(exchange, spec, send(), images, withLosses);
        }
        return validation.of(first, placeholder.rows(), placeholder.shape().dim(0));
    }

    @Override
    public Map<String, ActivationHealth> activations(HostBatch batch) {
        runNoted();
        ClusterDataset.TrainingBatch place = ClusterDataset.TrainingBatch.of(batch);
        return exchange.activations(new ActivationTask(spec, send(), place.epoch(), place.batch(), seed));
    }

    @Override
    public double norm(String parameter) {
        return length(read(parameter));
    }

    @Override
    public double stateNorm(String name, String parameter) {
        return length(readState(name, parameter));
    }

    private static double length(float[] values) {
        double squares = 0;
        for (float value : values) {
            squares += (double) value * value;
        }
        return Math.sqrt(squares);
    }

    @Override
    public float[] read(String parameter) {
        fetch();
        return state.read(parameter, null);
    }

    @Override
    public float[] readState(String name, String parameter) {
        fetch();
        return state.read(parameter, name);
    }

    @Override
    public void write(String parameter, float[] values) {
        fetch();
        forget();
        state.write(parameter, null, values);
    }

    @Override
    public void writeState(String name, String parameter, float[] values) {
        fetch();
        forget();
        state.write(parameter, name, values);
    }

    @Override
    public List<ParameterSpec> parameters() {
        return parameters;
    }

    @Override
    public Training training() {
        return recipe.training();
    }

    @Override
    public List<String> state() {
        return recipe.training().state();
    }

    @Override
    public List<Device> devices() {
        return List.of();
    }

    @Override
    public List<String> computingOn() {
        return List.of("spark, " + workers + " workers, an exchange after " + localSteps + " updates");
    }

    @Override
    public DoubleFunction<List<DeviceUse>> measureUse() {
        RoundTimes before = times.copy();
        return seconds -> {
            lastExchange = RoundExchange.of(
                    recipe,
                    workers,
                    localSteps,
                    WholeExecutors.hosts(context.sc()),
                    WholeExecutors.cores(context.sc()),
                    times.stepSeconds(before),
                    times.exchangeSeconds(before),
                    cost);
            LOG.info("{}; {}", times.line(before), lastExchange);
            return times.since(before, seconds);
        };
    }

    @Override
    public HostGradients gradients(HostBatch batch, StepSettings settings, Set<String> factored) {
        throw elsewhere("gradients as numbers");
    }

    @Override
    public void update(HostGradients given, StepSettings settings) {
        throw elsewhere("updates by gradients as numbers");
    }

    @Override
    public Map<String, Double> gradientNorms(HostBatch batch, StepSettings settings) {
        throw elsewhere("lengths of gradients");
    }

    @Override
    public float[] features(HostBatch batch, String layer) {
        throw elsewhere("features");
    }

    @Override
    public float[] gradient(HostBatch batch, String layer, int[] labels) {
        throw elsewhere("gradients of scores");
    }

    private static TandemException elsewhere(String what) {
        return TandemException.argument(
                "model on Spark",
                "it trains and validates only",
                what,
                "training or validation",
                "Open a checkpoint of its run on one machine");
    }

    @Override
    public void close() {
        if (!context.sc().isStopped()) { // its end takes back everything
            forget();
            spec.destroy();
        }
    }
}
