package dev.tandem.cli.command;

import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.CountDisplay;
import dev.tandem.cli.console.ExitStatus;
import dev.tandem.cli.console.Interrupt;
import dev.tandem.cli.console.JsonLine;
import dev.tandem.cli.console.TrialDisplay;
import dev.tandem.cli.study.AblationTable;
import dev.tandem.cli.study.Study;
import dev.tandem.cli.study.Study.VariantTrial;
import dev.tandem.cli.study.Variant;
import dev.tandem.cli.study.VariantErrors;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.run.trial.TrialResult;
import dev.tandem.run.trial.TrialResult.End;
import dev.tandem.run.trial.Trials;
import dev.tandem.runtime.config.Cluster;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.runtime.config.Setting;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.AtomicFile;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "ablate",
        description = "Trains the recipe with and without each of its parts over seeds, and says which differences are"
                + " seen. Each trial is a run of its own: the same command goes on where it was interrupted.")
public final class AblateCommand extends ConfiguredCommand {
    private final Interrupt interrupt;

    @Option(names = "--seeds", split = ",", paramLabel = "N", defaultValue = "1,2,3", description = "Default: 1,2,3.")
    List<Long> seeds;

    @Option(
            names = "--ablations",
            split = ",",
            paramLabel = "NAME[+NAME]",
            description = "Which ones, with + for several at once; default: each that changes something.")
    List<String> ablations = List.of();

    @Option(
            names = "--with",
            split = ",",
            paramLabel = "NAME",
            description = "Ablations of every trial, those of the whole recipe too.")
    List<String> with;

    @Option(names = "--epochs", paramLabel = "N", description = "Passes over the training set; default: the recipe's.")
    String epochs;

    @Option(
            names = "--runs",
            paramLabel = "DIR",
            description = "Folder of the runs, also of an earlier ablate; default: runs/ablate-RECIPE.")
    Path runs;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "Where the table goes, as Markdown; its numbers go beside it, as JSON.")
    Path out;

    @Mixin
    ValidationOptions validation = new ValidationOptions();

    public AblateCommand(Console console, Interrupt interrupt) {
        super(console);
        this.interrupt = interrupt;
    }

    @Override
    Map<String, Object> named() {
        Map<String, Object> named = super.named();
        named.put("tandem.train.epochs", epochs);
        named.put("tandem.ablations", with);
        validation.addTo(named);
        return named;
    }

    @Override
    int run() {
        if (out != null) {
            requireFree(out, true);
            requireFree(numbers(), true);
        }
        TandemConfig base = configuration(null);
        Cluster.requireNone(base, "ablate");
        requireNotSet(
                base,
                "tandem.train.from",
                "each variant begins at random, and not with weights that were trained",
                "Remove it");
        requireNotSet(base, "tandem.train.seed", "each trial has a seed of its own", "Name them with --seeds");
        Study study = study(base);
        Path folder = runs != null ? runs : Path.of("runs", folderName(base));
        Study.requireTrialsOnly(folder);
        Trials trials = new Trials(folder);
        study.trials().forEach(planned -> trials.check(planned.trial()));
        Study.Extent extent;
        try (CountDisplay checking = scanProgress()) {
            extent = study.open(checking);
        }
        say(String.format(
                Locale.ROOT,
                "%d trials of %d epochs: %d variants with %d seeds each. Runs: %s",
                study.trials().size(),
                extent.epochs(),
                study.variants().size(),
                seeds.size(),
                folder));
        Map<Variant, List<Double>> errors = new LinkedHashMap<>();
        if (!train(study, extent, trials, errors)) {
            return ExitStatus.INTERRUPTED;
        }
        List<Double> whole = errors.get(Variant.WHOLE);
        report(new AblationTable(
                base.recipe().orElseThrow(),
                base.ablations(),
                extent.epochs(),
                seeds,
                extent.validationImages(),
                folder.toString(),
                study.variants().stream()
                        .map(variant -> VariantErrors.of(
                                variant.name(),
                                seeds,
                                errors.get(variant),
                                variant == Variant.WHOLE ? null : whole,
                                extent.validationImages()))
                        .toList()));
        return ExitStatus.OK;
    }

    private static void requireNotSet(TandemConfig config, String key, String why, String advice) {
        Setting setting = config.setting(key);
        if (!setting.origin().equals("default")) {
            throw TandemException.of(
                    ErrorCode.INVALID_CONFIGURATION,
                    "ablate",
                    why,
                    key + " = " + setting.value() + " (" + setting.origin() + ")",
                    "not set",
                    advice);
        }
    }

    private Study study(TandemConfig base) {
        ConfiguredRecipe configured = new ConfiguredRecipe(base);
        List<Variant> variants = new ArrayList<>(List.of(Variant.WHOLE));
        for (String name : named(configured)) {
            Variant variant = Variant.named(name, configured.choice().provider());
            if (!configured.isChangedBy(variant.ablations())) {
                throw TandemException.of(
                        ErrorCode.INVALID_CONFIGURATION,
                        "ablate --ablations",
                        "with these settings it changes nothing",
                        name,
                        "a change",
                        "Remove it, or the setting that does the same");
            }
            variants.add(variant);
        }
        return Study.of(variants, seeds, (variant, seed) -> {
            List<String> all = new ArrayList<>(base.ablations());
            all.addAll(variant.ablations());
            return configuration(null, Map.of("tandem.ablations", all, "tandem.train.seed", seed));
        });
    }

    /** The ablations that are asked for, or all that change something. */
    private List<String> named(ConfiguredRecipe configured) {
        if (!ablations.isEmpty()) {
            return ablations;
        }
        Recipe recipe = configured.forClasses(configured.usualClasses());
        List<String> all = configured.choice().ablationsOf(recipe);
        if (all.isEmpty()) {
            throw TandemException.of(
                    ErrorCode.INVALID_CONFIGURATION,
                    "ablate",
                    "recipe " + recipe.name() + " has nothing to leave out",
                    "no ablations",
                    "1 or more",
                    "Add some in RecipeProvider.ablations(), or choose another recipe");
        }
        return all;
    }

    private static String folderName(TandemConfig base) {
        List<String> parts = new ArrayList<>(List.of("ablate-" + base.recipe().orElseThrow()));
        parts.addAll(base.ablations());
        return String.join("+", parts);
    }

    /** Trains what is not trained yet; whether all is trained, and not asked to stop before. */
    private boolean train(Study study, Study.Extent extent, Trials trials, Map<Variant, List<Double>> errors) {
        interrupt.onRequest(trials::requestStop);
        try (TrialDisplay display = new TrialDisplay(console, study.trials().size(), extent.epochs())) {
            for (VariantTrial planned : study.trials()) {
                String name = planned.variant().name() + ", seed " + planned.seed();
                display.next(name);
                TrialResult result = trials.run(planned.trial(), display);
                if (result.end() == End.STOPPED) {
                    display.over(String.format(
                            Locale.ROOT,
                            "Interrupted in trial %d of %d (%s). The same command goes on from there; what is"
                                    + " trained is in %s",
                            display.number(),
                            study.trials().size(),
                            name,
                            trials.path(planned.trial()).getParent()));
                    return false;
                }
                Double error = result.end() == End.FINISHED
                        ? result.history().get(result.history().size() - 1).top1Error()
                        : null;
                errors.computeIfAbsent(planned.variant(), variant -> new ArrayList<>())
                        .add(error);
                display.over(name + ": "
                        + (error == null
                                ? "diverged"
                                : String.format(Locale.ROOT, "top-1 error %.2f %%", 100 * error)));
            }
        }
        return true;
    }

    private void report(AblationTable table) {
        table.markdown().lines().forEach(this::say);
        answer(table);
        if (out != null) {
            write(out, table.markdown());
            write(numbers(), JsonLine.of(table) + "\n");
        }
    }

    private static void write(Path file, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        AtomicFile.write(file, channel -> channel.write(ByteBuffer.wrap(bytes)));
    }

    /** The file of the numbers, beside that of the table. */
    private Path numbers() {
        String name = out.getFileName().toString();
        if (name.endsWith(".json")) {
            throw TandemException.argument(
                    "ablate --out",
                    "the table is Markdown, and its numbers go beside it as JSON",
                    out,
                    "a file such as ablations.md",
                    "Name it so");
        }
        return out.resolveSibling(name.replaceFirst("\\.[^.]+$", "") + ".json");
    }
}
