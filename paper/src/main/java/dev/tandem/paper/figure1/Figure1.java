package dev.tandem.paper.figure1;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.RecipeChoice;
import dev.tandem.nn.train.TrainingListener.Progress;
import dev.tandem.paper.data.BalancedImages;
import dev.tandem.paper.figure1.Figure1Result.OfFunction;
import dev.tandem.paper.picture.ExperimentFolder;
import dev.tandem.run.Photographs;
import dev.tandem.run.trial.Trial;
import dev.tandem.run.trial.Trials;
import dev.tandem.runtime.Tandem;
import dev.tandem.runtime.config.Cluster;
import dev.tandem.runtime.config.ConfigSources;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Figure 1 of the paper: one net with ReLU, with tanh and with sigmoid, without regularization, each at its own best
 * learning rate; how many epochs each takes to a training error of 25 %. Every trial is a run folder, so that a search
 * that was interrupted goes on exactly when it is started again with the same folder.
 */
public final class Figure1 {
    private static final Logger LOG = LoggerFactory.getLogger(Figure1.class);

    /** Whatever regularizes, and the fall of the learning rate; a recipe goes without those that it has. */
    private static final List<String> WITHOUT =
            List.of("no-weight-decay", "no-crops", "no-augmentation", "no-dropout", "constant-rate");

    private static final String TRIALS = "trials";

    private final TandemConfig config;
    private final Figure1Options options;
    private final ExperimentFolder out;
    private final Trials trials;
    private final Consumer<String> log;
    private final List<OfFunction> found = new ArrayList<>();
    private volatile boolean stopped;
    private volatile String status = "Preparing";

    /**
     * The experiment.
     *
     * @param config recipe, data, and how training goes; the learning rate is not used but to begin the search at
     * @param out where trials and results are kept
     * @param log is given a line for each epoch and each trial
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) for settings that do not fit the experiment
     */
    public Figure1(TandemConfig config, Figure1Options options, Path out, Consumer<String> log) {
        this.options = options;
        this.out = new ExperimentFolder(out);
        this.trials = new Trials(out.resolve(TRIALS));
        this.log = log;
        Cluster.requireNone(config, "paper figure-1");
        requireUnset("tandem.train.from", config.train().transfer().from());
        requireUnset(
                "tandem.train.early-stopping",
                config.train().earlyStopping().stream().boxed().findFirst());
        this.config = config;
    }

    private static void requireUnset(String setting, Optional<?> value) {
        value.ifPresent(set -> {
            throw TandemException.of(
                    ErrorCode.INVALID_CONFIGURATION,
                    setting,
                    "each trial of figure 1 begins at random and ends by its training error",
                    set,
                    "not set",
                    "Remove it");
        });
    }

    /** Asks the search to stop after the step under way; may be called from any thread. */
    public void requestStop() {
        stopped = true;
        trials.requestStop();
    }

    /** Whether it was asked to stop. */
    public boolean isStopped() {
        return stopped;
    }

    /** How far it is, in words; may be called from any thread. */
    public String status() {
        return status;
    }

    /**
     * Searches, and writes {@code figure-1.json} and {@code figure-1.png} after each trial.
     *
     * @param progress of the first look at the photographs
     */
    public Figure1Result run(ScanProgress progress) {
        List<String> ablations = ablations();
        try (Tandem tandem = Tandem.configure(config(config, ablations, Map.of()));
                ImageFolder folder = images(tandem, progress)) {
            BalancedImages images = BalancedImages.of(folder, options.images());
            double chance = 1 - 1.0 / images.classes();
            StoppingRule rule = new StoppingRule(options.goal(), options.epochs(), options.patience(), chance);
            Consumer<List<OfFunction>> results = functions -> write(result(ablations, images, rule, functions));
            for (Function function : options.functions()) {
                if (!stopped) {
                    search(tandem, function, ablations, images, rule, results);
                }
            }
            Figure1Result result = result(ablations, images, rule, found);
            write(result);
            return result;
        }
    }

    private static ImageFolder images(Tandem tandem, ScanProgress progress) {
        return new Photographs(tandem.config()).open(tandem.preprocessing(), Optional.empty(), false, progress);
    }

    /** The ablations that are configured, and those that take regularization out, as far as they change something. */
    private List<String> ablations() {
        ConfiguredRecipe configured = new ConfiguredRecipe(config);
        RecipeChoice choice = configured.choice();
        Recipe recipe = choice.recipe(configured.usualClasses());
        List<String> all = new ArrayList<>(choice.ablations());
        for (String name : WITHOUT) {
            if (choice.ablationsOf(recipe).contains(name)) {
                recipe = choice.ablated(recipe, name);
                all.add(name);
            }
        }
        return all;
    }

    private TandemConfig config(TandemConfig base, List<String> ablations, Map<String, ?> more) {
        Map<String, Object> settings = new LinkedHashMap<>(more);
        settings.put("tandem.ablations", ablations);
        settings.put("tandem.train.epochs", options.epochs());
        settings.put("tandem.images.no-validation", true);
        return new ConfigSources()
                .add("figure 1", settings)
                .addRun(base.render())
                .load();
    }

    private void search(
            Tandem tandem,
            Function function,
            List<String> ablations,
            BalancedImages images,
            StoppingRule rule,
            Consumer<List<OfFunction>> results) {
        List<RateOutcome> outcomes = new ArrayList<>();
        List<String> changes =
                Stream.concat(ablations.stream(), function.ablations().stream()).toList();
        RateSearch search = new RateSearch(options.rates(), (rate, fastest) -> {
            TandemConfig own = config(tandem.config(), changes, Map.of("tandem.train.learning-rate", rate));
            RateOutcome outcome = outcome(tandem, function, rate, own, images, rule, fastest);
            outcomes.add(outcome);
            List<OfFunction> all = new ArrayList<>(found);
            all.add(OfFunction.of(function, outcomes));
            results.accept(all);
            return outcome;
        });
        double own = new ConfiguredRecipe(config).forClasses(2).schedule().nominalRate();
        found.add(OfFunction.of(function, search.search(own)));
    }

    private RateOutcome outcome(
            Tandem tandem,
            Function function,
            double rate,
            TandemConfig own,
            BalancedImages images,
            StoppingRule rule,
            double fastest) {
        Trial trial = new Trial(function + "-" + RateOutcome.text(rate), own);
        String title = function.label() + " at rate " + RateOutcome.text(rate);
        RateTrial run = new RateTrial(trials, trial, tandem.placement(), images, rule, fastest);
        if (run.ending().isEmpty() && !stopped) {
            run.train(error -> logEpoch(title, run, error), step -> status = status(title, step));
        }
        Optional<Ending> ending = run.ending();
        List<Double> errors = run.errors();
        Double epochs = ending.filter(Ending.REACHED::equals)
                .map(reached -> rule.epochsToGoal(errors))
                .orElse(null);
        log.accept(String.format(
                Locale.ROOT,
                "%s: %s%s",
                title,
                ending.map(Ending::words).orElse("interrupted"),
                epochs == null
                        ? ", after " + errors.size() + " epochs"
                        : String.format(Locale.ROOT, " in %.2f epochs", epochs)));
        return new RateOutcome(rate, TRIALS + "/" + trial.name(), errors, ending.orElse(null), epochs);
    }

    private void logEpoch(String title, RateTrial run, double error) {
        log.accept(String.format(
                Locale.ROOT,
                "%s: epoch %d, training error %.1f %%",
                title,
                run.errors().size(),
                100 * error));
    }

    private static String status(String title, Progress step) {
        return String.format(
                Locale.ROOT,
                "%s: epoch %d, batch %,d of %,d, %.0f images/s",
                title,
                step.epoch() + 1,
                step.batchInEpoch(),
                step.batchesInEpoch(),
                step.imagesPerSecond());
    }

    private Figure1Result result(
            List<String> ablations, BalancedImages images, StoppingRule rule, List<OfFunction> functions) {
        return new Figure1Result(
                config.recipe().orElseThrow(),
                ablations,
                config.data().map(path -> path.getFileName().toString()).orElse(""),
                images.classes(),
                config.train().seed(),
                rule.goal(),
                rule.epochs(),
                rule.patience(),
                images.count(),
                options.rates(),
                rule.words(),
                functions,
                Figure1Result.ratios(found, rule.epochs()));
    }

    private void write(Figure1Result result) {
        out.writeJson("figure-1", result);
        try {
            out.writePicture("figure-1", Figure1Picture.draw(result));
        } catch (RuntimeException | LinkageError e) {
            // Hours of training must not be lost for it: on a machine without fonts, say.
            LOG.warn("The picture of figure 1 is missing: {}", e.toString());
        }
    }
}
