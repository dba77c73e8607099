package dev.tandem.examples.cli;

import dev.tandem.examples.run.ConfiguredRecipe;
import dev.tandem.examples.run.Photographs;
import dev.tandem.examples.run.RunFolder;
import dev.tandem.examples.run.TrainingRun;
import dev.tandem.examples.wiring.ExampleWiring;
import dev.tandem.imagenet.ImageFolder;
import dev.tandem.nn.layer.ModelSummary;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.Recipe;
import dev.tandem.nn.train.RunEvent;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.placement.DevicePlacement;
import dev.tandem.placement.Forecast;
import dev.tandem.runtime.config.ConfigSources;
import dev.tandem.runtime.config.Setting;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.runtime.wiring.Wired;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "train", description = "Trains a recipe on a folder of photographs and leaves a run folder.")
final class TrainCommand extends Subcommand {
    private static final DateTimeFormatter NOW = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);
    /** What decides over the weights that a run ends with, besides recipe, data and the settings below. */
    private static final List<String> FIXED = List.of(
            "tandem.recipe",
            "tandem.ablations",
            "tandem.small.width",
            "tandem.small.hidden",
            "tandem.small.image",
            "tandem.small.crop",
            "tandem.train.batch",
            "tandem.train.seed");

    private static final List<String> OVERRIDABLE = List.of("tandem.train.epochs", "tandem.train.rate");

    private final Interrupt interrupt;

    @Option(names = "--run", paramLabel = "DIR", description = "The run folder; default: runs/RECIPE-DATE-TIME.")
    Path run;

    @Option(names = "--resume", description = "Continue the run in --run DIR from its newest readable checkpoint.")
    boolean resume;

    @Option(
            names = "--override",
            description = "With --resume: allow other epochs or another rate, and note the change.")
    boolean override;

    @Option(names = "--epochs", paramLabel = "N", description = "Passes over the training set; default: the recipe's.")
    String epochs;

    @Option(names = "--batch", paramLabel = "N", description = "Images per step; default: the recipe's.")
    String batch;

    @Option(names = "--seed", paramLabel = "N", description = "Chooses everything random; default: 1.")
    String seed;

    @Option(
            names = "--placement",
            paramLabel = "NAME",
            description = "single, columns, data or hybrid, over the backend's devices; default: single.")
    String placement;

    TrainCommand(Console console, Interrupt interrupt) {
        super(console);
        this.interrupt = interrupt;
    }

    @Override
    Map<String, Object> named() {
        Map<String, Object> named = super.named();
        named.put("tandem.train.epochs", epochs);
        named.put("tandem.train.batch", batch);
        named.put("tandem.train.seed", seed);
        named.put("tandem.placement.strategy", placement);
        return named;
    }

    /** The last line of {@code --json}. */
    private record Answer(
            String run,
            int epochs,
            Double trainingLoss,
            Double top1Error,
            Double top5Error,
            double seconds,
            double imagesPerSecond) {}

    @Override
    int run() {
        long began = System.nanoTime();
        RunFolder earlier = resume ? RunFolder.existing(required(run)) : null;
        TandemConfig config = configuration(earlier == null ? null : earlier.config());
        say(config.describe());
        List<RunEvent> changes = earlier == null ? List.of() : changes(earlier, config);
        try (Wired parts = ExampleWiring.open(config)) {
            ConfiguredRecipe recipes = parts.get(ConfiguredRecipe.class);
            DevicePlacement placement = parts.get(DevicePlacement.class);
            RunFolder folder = earlier == null ? RunFolder.create(newFolder(config)) : earlier;
            try (CountDisplay progress = scanProgress();
                    ImageFolder images = parts.get(Photographs.class).open(recipes.preprocessing(), progress)) {
                Recipe recipe = recipes.forClasses(images.classNames().size());
                introduce(recipe, images, placement);
                if (earlier == null) {
                    folder.describe(config.render(), images.classNames(), images.statistics(), images.badFiles());
                }
                return train(folder, config, recipe, images, placement, changes, began);
            }
        }
    }

    private int train(
            RunFolder folder,
            TandemConfig config,
            Recipe recipe,
            ImageFolder images,
            DevicePlacement placement,
            List<RunEvent> changes,
            long began) {
        try (ProgressDisplay display = new ProgressDisplay(console);
                TrainingRun training =
                        new TrainingRun(folder, recipe, images, placement, config.train(), resume, changes, display)) {
            if (!changes.isEmpty()) {
                folder.writeConfig(config.render());
            }
            say("Run folder: " + folder.path());
            interrupt.onRequest(training::requestStop);
            TrainingState end = training.train();
            display.close();
            return report(folder, recipe, training.start(), end, (System.nanoTime() - began) / 1e9);
        }
    }

    private int report(RunFolder folder, Recipe recipe, TrainingState start, TrainingState end, double seconds) {
        List<EpochRecord> done =
                end.history().subList(start.history().size(), end.history().size());
        EpochRecord last =
                end.history().isEmpty() ? null : end.history().get(end.history().size() - 1);
        // Each epoch has as many images, so its time is the inverse of its rate.
        double imagesPerSecond = done.size()
                / done.stream()
                        .mapToDouble(epoch -> 1 / epoch.imagesPerSecond())
                        .sum();
        if (last != null) {
            say(String.format(
                    Locale.ROOT,
                    "%d of %d epochs: loss %.4f%s. %s, %s.",
                    end.epoch(),
                    recipe.epochs(),
                    last.trainingLoss(),
                    ProgressDisplay.errors(last),
                    ProgressDisplay.duration(seconds),
                    folder.path()));
        }
        boolean finished = end.epoch() >= recipe.epochs();
        if (!finished) {
            say("Interrupted in epoch " + (end.epoch() + 1) + ". Continue with ./tandem train --resume --run "
                    + folder.path());
        }
        answer(new Answer(
                folder.path().toString(),
                end.epoch(),
                last == null ? null : last.trainingLoss(),
                last == null ? null : last.top1Error(),
                last == null ? null : last.top5Error(),
                seconds,
                done.isEmpty() ? 0 : imagesPerSecond));
        return finished ? OK : Interrupt.STATUS;
    }

    private Path newFolder(TandemConfig config) {
        return run != null
                ? run
                : Path.of("runs", config.recipe() + "-" + LocalDateTime.now().format(NOW));
    }

    private void introduce(Recipe recipe, ImageFolder images, DevicePlacement placement) {
        say(String.format(
                Locale.ROOT,
                "Data: %,d training and %,d validation images of %d classes%s",
                images.trainingSize(),
                images.validationSize(),
                images.classNames().size(),
                images.badFiles().isEmpty()
                        ? ""
                        : "; " + images.badFiles().size() + " files skipped, see bad-files.txt in the run folder"));
        ModelSummary model = ModelSummary.of(recipe.network(), recipe.input(1).withoutBatch());
        Forecast cost = Forecast.of(
                recipe.network(),
                recipe.input(recipe.batch()),
                placement.table(),
                placement.devices().size());
        say(String.format(
                Locale.ROOT,
                "Model: %,d parameters; training at batch %d holds %,.0f MB in tensors, on %s",
                model.parameters(),
                recipe.batch(),
                cost.bytes() / 1e6,
                placement.devices()));
    }

    private static Path required(Path run) {
        if (run == null) {
            throw TandemException.argument(
                    "train --resume", "no run to continue", "no --run", "--run DIR", "Name the folder of the run");
        }
        return run;
    }

    /** The settings of the run that this command line changes on purpose; refuses all other changes. */
    private List<RunEvent> changes(RunFolder earlier, TandemConfig now) {
        TandemConfig before =
                withDefaults(new ConfigSources().addFile(earlier.config())).load();
        for (String key : FIXED) {
            requireSame(before.setting(key), now.setting(key), "Leave it as it was, or start a new run");
        }
        List<RunEvent> changes = new ArrayList<>();
        for (String key : OVERRIDABLE) {
            Object from = before.setting(key).value();
            Object to = now.setting(key).value();
            if (!override) {
                requireSame(before.setting(key), now.setting(key), "Add --override to change it on purpose");
            } else if (!Objects.equals(from, to)) {
                changes.add(new RunEvent(0, key, String.valueOf(from), String.valueOf(to)));
            }
        }
        return changes;
    }

    private static void requireSame(Setting before, Setting now, String advice) {
        if (!Objects.equals(before.value(), now.value())) {
            throw TandemException.of(
                    ErrorCode.INVALID_CONFIGURATION,
                    "resume",
                    now.key() + " differs from the run's",
                    now.value() + " (" + now.origin() + ")",
                    before.value() + " (" + before.origin() + ")",
                    advice);
        }
    }
}
