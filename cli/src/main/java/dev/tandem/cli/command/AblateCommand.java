package dev.tandem.cli.command;

import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.CountDisplay;
import dev.tandem.cli.console.ExitStatus;
import dev.tandem.cli.console.Heartbeat;
import dev.tandem.cli.run.Session;
import dev.tandem.cli.wiring.CliModule;
import dev.tandem.imagenet.ImageFolder;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.RecipeChoice;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Placement;
import dev.tandem.nn.train.Trainer;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.runtime.config.Cluster;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.runtime.wiring.Wired;
import dev.tandem.spi.AtomicFile;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "ablate",
        description = "Trains the recipe with and without each of its parts, and writes a table of validation errors.")
public final class AblateCommand extends ConfiguredCommand {
    @Option(names = "--seeds", split = ",", paramLabel = "N", defaultValue = "1,2,3", description = "Default: 1,2,3.")
    List<Long> seeds;

    @Option(
            names = "--ablations",
            split = ",",
            paramLabel = "NAME",
            description = "Which ones; default: all that the recipe has something for.")
    List<String> ablations = List.of();

    @Option(names = "--epochs", paramLabel = "N", description = "Passes over the training set; default: the recipe's.")
    String epochs;

    @Option(names = "--out", paramLabel = "FILE", description = "Where the table goes, as Markdown.")
    Path out;

    @Mixin
    ValidationOptions validation = new ValidationOptions();

    public AblateCommand(Console console) {
        super(console);
    }

    @Override
    Map<String, Object> named() {
        Map<String, Object> named = super.named();
        named.put("tandem.train.epochs", epochs);
        validation.addTo(named);
        return named;
    }

    /**
     * The validation errors of one variant.
     *
     * @param variant what was changed
     * @param errors top-1 error at the end of training, by seed
     */
    private record Row(String variant, List<Double> errors) {
        DoubleSummaryStatistics statistics() {
            return errors.stream().mapToDouble(Double::doubleValue).summaryStatistics();
        }
    }

    /** The last line of {@code --json}. */
    private record AblateResult(int epochs, List<Long> seeds, List<Row> rows) {}

    @Override
    int run() {
        TandemConfig config = configuration(null);
        Cluster.requireNone(config, "ablate");
        config.train().transfer().from().ifPresent(from -> {
            throw TandemException.of(
                    ErrorCode.INVALID_CONFIGURATION,
                    "ablate",
                    "each variant begins at random, and not with weights that were trained",
                    "tandem.train.from = " + from,
                    "not set",
                    "Remove it");
        });
        try (Wired parts = CliModule.open(config)) {
            ablate(parts.get(Session.class));
        }
        return ExitStatus.OK;
    }

    private void ablate(Session session) {
        try (CountDisplay checking = scanProgress();
                ImageFolder images = session.photographs()
                        .open(session.recipes().preprocessing(), Optional.empty(), false, checking)) {
            if (images.validationSize() == 0) {
                throw TandemException.of(
                        ErrorCode.INVALID_DATA, "ablate", "no validation images", 0, "1 or more", "Add val/CLASS/FILE");
            }
            Recipe whole =
                    session.recipes().forClasses(images.classNames().size()).withBatchWithin(images.trainingSize());
            Map<String, Recipe> variants = new LinkedHashMap<>();
            variants.put("(whole)", whole);
            // All of them before the first is trained: a name that is wrong must not cost an hour.
            RecipeChoice choice = session.recipes().choice();
            chosen(choice, whole).forEach(ablation -> variants.put(ablation, choice.ablated(whole, ablation)));
            List<Row> rows = new ArrayList<>();
            variants.forEach((name, recipe) -> rows.add(train(name, recipe, images, session.placement())));
            String table = table(whole, rows);
            table.lines().forEach(this::say);
            answer(new AblateResult(whole.epochs(), seeds, rows));
            if (out != null) {
                byte[] bytes = table.getBytes(StandardCharsets.UTF_8);
                AtomicFile.write(out, channel -> channel.write(ByteBuffer.wrap(bytes)));
            }
        }
    }

    private List<String> chosen(RecipeChoice choice, Recipe recipe) {
        List<String> chosen = ablations.isEmpty() ? choice.ablationsOf(recipe) : ablations;
        if (chosen.isEmpty()) {
            throw TandemException.of(
                    ErrorCode.INVALID_CONFIGURATION,
                    "ablate",
                    "recipe " + recipe.name() + " has nothing to leave out",
                    "no ablations",
                    "1 or more",
                    "Add some in RecipeProvider.ablations(), or choose another recipe");
        }
        return chosen;
    }

    private Row train(String variant, Recipe recipe, ImageFolder images, Placement placement) {
        List<Double> errors = new ArrayList<>();
        for (long seed : seeds) {
            String name = variant + ", seed " + seed;
            AtomicInteger epochs = new AtomicInteger();
            Supplier<String> status = () -> name + ": " + epochs.get() + " of " + recipe.epochs() + " epochs";
            try (PlacedModel model =
                            placement.place(recipe.network(), recipe.input(recipe.batch()), recipe.training());
                    Heartbeat heartbeat = new Heartbeat(console, Heartbeat.INTERVAL, status)) {
                model.initialize(seed);
                Trainer trainer =
                        new Trainer(recipe, model, images, (epoch, state, trained) -> epochs.set(epoch.epoch()));
                TrainingState end = trainer.train(trainer.begin(seed));
                EpochRecord last = end.history().get(end.history().size() - 1);
                errors.add(last.top1Error());
                console.err()
                        .printf(
                                Locale.ROOT,
                                "%s, seed %d: top-1 error %.1f %%%n",
                                variant,
                                seed,
                                100 * last.top1Error());
            }
        }
        return new Row(variant, errors);
    }

    /** Differences count only beyond the larger of the two spreads. */
    private String table(Recipe recipe, List<Row> rows) {
        DoubleSummaryStatistics whole = rows.get(0).statistics();
        String lines = rows.stream()
                .map(row -> {
                    DoubleSummaryStatistics own = row.statistics();
                    double difference = own.getAverage() - whole.getAverage();
                    double spread = Math.max(own.getMax() - own.getMin(), whole.getMax() - whole.getMin());
                    return String.format(
                            Locale.ROOT,
                            "| %s | %.1f | %.1f to %.1f | %+.1f | %s |",
                            row.variant(),
                            100 * own.getAverage(),
                            100 * own.getMin(),
                            100 * own.getMax(),
                            100 * difference,
                            row == rows.get(0) ? "" : Math.abs(difference) > spread ? "yes" : "no");
                })
                .collect(Collectors.joining(System.lineSeparator()));
        return String.format(
                Locale.ROOT,
                "Recipe %s, %d epochs, seeds %s: top-1 error on the validation images, %%.%n%n"
                        + "| without, or with | mean | range | difference | beyond the seeds' spread |%n"
                        + "| --- | --- | --- | --- | --- |%n%s%n",
                recipe.name(),
                recipe.epochs(),
                seeds,
                lines);
    }
}
