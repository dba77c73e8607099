package dev.tandem.analysis.report;

import dev.tandem.analysis.report.Report.ClassName;
import dev.tandem.analysis.report.Report.EvaluationFacts;
import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.layout.EscapedText;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.data.Views;
import dev.tandem.nn.loss.CrossEntropy;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.Evaluation;
import dev.tandem.nn.train.Placement;
import dev.tandem.nn.train.Predictions;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.run.Photographs;
import dev.tandem.run.RunFolder;
import dev.tandem.run.RunPredictions;
import dev.tandem.run.TrainedModel;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.runtime.config.Setting;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.TandemException;
import java.nio.file.Files;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes a {@link Report} on runs. The first is evaluated on the images of a configuration; the others are there to be
 * compared.
 */
public final class ReportBuilder {
    private static final int MOST_PAIRS = 50;

    private final List<RunFolder> runs;
    private final List<String> names;
    private final TandemConfig config;
    private final TandemConfig own;
    private final Choice choice;
    private final Progress progress;
    private final ScanProgress checking;
    private final List<String> notes = new ArrayList<>();

    /**
     * What is wanted.
     *
     * @param checkpoint of the first run: {@code last}, {@code best} or a file; null is the best, or the last where
     *     none was validated
     * @param views crops of an image
     * @param test whether to evaluate on the images to test on
     * @param searched how many training images are searched for the nearest ones, evenly spread; 0 for none
     * @param version of the program, for the report, such as {@code 0.2.0}
     */
    public record Choice(@Nullable String checkpoint, Views views, boolean test, int searched, String version) {}

    /**
     * How far the work is; if one throws, the work ends with that.
     *
     * @param checking of the first look at the images
     * @param evaluating of the images that are evaluated
     * @param searching of the training images that are searched
     */
    public record Progress(ScanProgress checking, ScanProgress evaluating, ScanProgress searching) {}

    /** What comes of the evaluation, or the little that does not need it. */
    private record Evaluated(
            @Nullable EvaluationFacts facts,
            @Nullable Evaluation result,
            @Nullable Calibration calibration,
            ImageExamples examples,
            List<LayerFacts> layers) {}

    /**
     * A builder.
     *
     * @param runs one or more
     * @param config of the first run, with what was chosen for the evaluation
     */
    public ReportBuilder(List<RunFolder> runs, TandemConfig config, Choice choice, Progress progress) {
        this.runs = List.copyOf(runs);
        this.names = RunFacts.names(runs);
        this.config = config;
        this.own = runs.get(0).configuration();
        this.choice = choice;
        this.progress = progress;
        this.checking = new NotedOnce(progress.checking(), new HashSet<>());
    }

    /** A folder is opened to train on and to evaluate on; what is found in it is noted once. */
    private record NotedOnce(ScanProgress told, Set<String> lines) implements ScanProgress {
        @Override
        public void checked(String set, int done, int total) {
            told.checked(set, done, total);
        }

        @Override
        public void noted(String line) {
            if (lines.add(line)) {
                told.noted(line);
            }
        }
    }

    /**
     * Makes the report.
     *
     * @param placement for the model that is evaluated
     * @throws TandemException if a run or the images that are evaluated cannot be read
     */
    public Report build(Placement placement) {
        RunFolder first = runs.get(0);
        List<String> classNames = first.classNames();
        Recipe recipe = new ConfiguredRecipe(own).forClasses(classNames.size());
        List<RunFacts> facts = new ArrayList<>();
        Optional<TrainingState> firstState = Optional.empty();
        for (int i = 0; i < runs.size(); i++) {
            Optional<TrainingState> state = RunFacts.newestState(runs.get(i), notes);
            firstState = i == 0 ? state : firstState;
            facts.add(RunFacts.of(names.get(i), runs.get(i), runs.get(i).configuration(), state, notes));
        }
        Optional<String> reason = notEvaluated(firstState);
        Evaluated evaluated = reason.isEmpty()
                ? evaluate(placement, facts)
                : new Evaluated(null, null, null, ImageExamples.none(), LayerFacts.of(recipe, null));
        if (reason.isPresent()) {
            notes.add("The model was not evaluated: " + reason.get());
            trainingImages(facts);
        }
        Optional<KernelHistory> kernels = KernelHistory.of(first, recipe, own, notes);
        MemoryFacts memory = memory(recipe, firstState);
        if (evaluated.result() != null && classNames.size() > ConfusionTable.MOST_ORDERED) {
            notes.add(
                    "The classes of the confusion matrix are in the order of their labels: they are too many to be put"
                            + " beside those that they are confused with");
        }
        Evaluation result = evaluated.result();
        return new Report(
                "Report on " + String.join(", ", names),
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
                choice.version(),
                List.copyOf(notes),
                facts,
                evaluated.facts(),
                classNames.stream().map(ClassName::of).toList(),
                result == null ? null : ConfusionTable.of(result),
                result == null
                        ? List.of()
                        : ConfusionTable.pairs(result).stream()
                                .limit(MOST_PAIRS)
                                .toList(),
                result == null ? List.of() : ConfusionTable.errors(result),
                evaluated.calibration(),
                evaluated.examples().mistakes(),
                evaluated.examples().hardest(),
                evaluated.examples().nearest(),
                kernels.orElse(null),
                evaluated.layers(),
                memory);
    }

    /** The first run's; {@code facts} get how many all runs have. */
    private Optional<TrainingImages> trainingImages(List<RunFacts> facts) {
        Optional<TrainingImages> first = Optional.empty();
        Map<List<Object>, Optional<TrainingImages>> known = new HashMap<>();
        for (int i = 0; i < runs.size(); i++) {
            int number = i;
            TandemConfig of = i == 0 ? ofTrainingImages() : runs.get(i).configuration();
            // A seed chooses which images are split off, but not how many.
            List<Object> key = List.of(
                    of.data(),
                    of.images(),
                    new ConfiguredRecipe(of).preprocessing(),
                    runs.get(i).classNames());
            Optional<TrainingImages> opened = known.computeIfAbsent(
                    key, images -> TrainingImages.open(names.get(number), runs.get(number), of, checking, notes));
            first = i == 0 ? opened : first;
            if (opened.isPresent() && facts.get(i).data() != null) {
                ImageFolder folder = opened.get().folder();
                facts.set(i, facts.get(i).withImages(folder.trainingSize(), folder.validationSize()));
            }
        }
        return first;
    }

    /** Weights that were imported have no images of their own: those beside the images to evaluate on have to do. */
    private TandemConfig ofTrainingImages() {
        if (own.data().isPresent() || !isChosen("tandem.data")) {
            return own;
        }
        notes.add("What the imported weights were trained on is not known: nearest training images are those of "
                + EscapedText.visible(config.data().orElseThrow().toString()));
        return config;
    }

    /** Why the first run cannot be evaluated, although nothing is wrong; empty if it can be. */
    private Optional<String> notEvaluated(Optional<TrainingState> newest) {
        if (choice.checkpoint() == null && newest.isEmpty()) {
            return Optional.of(
                    runs.get(0).checkpointsToResume().isEmpty()
                            ? "it has no checkpoint"
                            : "none of its checkpoints can be read");
        }
        if (choice.checkpoint() == null && !newest.get().hasLearned()) {
            return Optional.of("nothing was trained yet");
        }
        if (isChosen("tandem.data") || isChosen("tandem.images.validation")) {
            return Optional.empty();
        }
        if (own.data().isEmpty()) {
            return Optional.of("the run names no folder of images; name one with --data");
        }
        if (!Files.exists(own.data().get())) {
            return Optional.of("its images, "
                    + EscapedText.visible(own.data().get().toString()) + ", are gone; name others with --data");
        }
        return own.images().withoutValidation() && !choice.test()
                ? Optional.of("the run has nothing to validate on; name images with --data")
                : Optional.empty();
    }

    /** Whether a setting was written for the report: it is neither the run's nor a default. */
    private boolean isChosen(String key) {
        Setting setting = config.setting(key);
        return !setting.equals(own.setting(key)) && !setting.origin().equals("default");
    }

    /** What needs the model and images comes first: what is wrong with them is said before all images are looked at. */
    private Evaluated evaluate(Placement placement, List<RunFacts> facts) {
        RunFolder first = runs.get(0);
        int rows = RunPredictions.rows(config, choice.views());
        try (TrainedModel trained =
                        TrainedModel.open(first, choice.checkpoint(), new ConfiguredRecipe(config), placement, rows);
                ImageFolder images = new Photographs(config)
                        .openForEvaluation(
                                trained.recipe().preprocessing(),
                                trained.classNames(),
                                trained.statistics(),
                                own.data(),
                                choice.test(),
                                checking)) {
            RunPredictions predicted = RunPredictions.of(trained, images, choice.views(), rows, progress.evaluating());
            predicted.orientation().ifPresent(notes::add);
            Predictions predictions = predicted.predictions();
            Evaluation result = predictions.evaluate();
            boolean probabilities = isProbabilities(trained.recipe(), predictions);
            return new Evaluated(
                    facts(trained, result, probabilities),
                    result,
                    probabilities ? Calibration.of(predictions) : null,
                    ImageExamples.of(
                            predictions,
                            images,
                            trained,
                            rows,
                            trainingImages(facts),
                            choice.searched(),
                            progress.searching(),
                            notes),
                    LayerFacts.of(trained.recipe(), trained.model()));
        }
    }

    private boolean isProbabilities(Recipe recipe, Predictions predictions) {
        boolean ofOneClass = recipe.training().loss() instanceof CrossEntropy;
        boolean possible = Calibration.isPossible(predictions);
        if (!ofOneClass || !possible) {
            notes.add("There is no reliability diagram, and no log-loss: "
                    + (ofOneClass
                            ? "some predictions are no numbers from 0 to 1"
                            : "the recipe's loss is no cross-entropy, so that what stands beside classes are outputs, and"
                                    + " no probabilities of one class of several"));
        }
        return ofOneClass && possible;
    }

    private EvaluationFacts facts(TrainedModel trained, Evaluation result, boolean probabilities) {
        return new EvaluationFacts(
                names.get(0),
                trained.checkpoint().getFileName().toString().replaceFirst("\\.safetensors$", ""),
                trained.epoch(),
                config.data().orElseThrow().toString(),
                choice.test() ? "test" : "val",
                result.images(),
                choice.views().count(),
                result.top1Error(),
                result.top5Error(),
                probabilities ? HistoryColumns.finite(result.logLoss()) : null);
    }

    private @Nullable MemoryFacts memory(Recipe recipe, Optional<TrainingState> state) {
        try {
            return MemoryFacts.of(
                    recipe, own.placement(), state.map(TrainingState::devices).orElse(List.of()));
        } catch (TandemException e) {
            notes.add("The memory of a step is not known: " + e.getMessage());
            return null;
        }
    }
}
