package dev.tandem.cli.command;

import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.CountDisplay;
import dev.tandem.cli.console.ExitStatus;
import dev.tandem.cli.console.Interrupt;
import dev.tandem.cli.console.ProgressDisplay;
import dev.tandem.cli.wiring.CliModule;
import dev.tandem.imagenet.ImageFolder;
import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.FolderLock;
import dev.tandem.nn.layer.ModelSummary;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.placement.DevicePlacement;
import dev.tandem.placement.Forecast;
import dev.tandem.placement.FrozenPrefix;
import dev.tandem.run.Continuation;
import dev.tandem.run.ImportedRun;
import dev.tandem.run.NewRunFolder;
import dev.tandem.run.Photographs;
import dev.tandem.run.PlannedRun;
import dev.tandem.run.RunFolder;
import dev.tandem.run.TrainingRun;
import dev.tandem.runtime.config.Cluster;
import dev.tandem.runtime.config.ConfigSources;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.runtime.wiring.OpenedBackends;
import dev.tandem.runtime.wiring.Wired;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "train", description = "Trains a recipe on a folder of photographs and leaves a run folder.")
public final class TrainCommand extends ConfiguredCommand {
    private static final DateTimeFormatter NOW = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);
    private final Interrupt interrupt;
    private FolderLock lock;

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
            names = "--from",
            paramLabel = "RUN|FILE",
            description = "Begin with the weights of a run or a file, with its recipe and preprocessing.")
    String from;

    @Option(
            names = "--freeze",
            paramLabel = "LAYERS",
            split = ",",
            description = "Layers that do not learn: names with * for any characters, and commas between them.")
    List<String> freeze;

    @Option(
            names = "--head-rate",
            paramLabel = "X",
            description = "Multiply the learning rate of the last layer; default: 1.")
    String headRate;

    @Option(names = "--no-augmentation", description = "Train on the centre crop of each image, the same every time.")
    boolean noAugmentation;

    @Option(
            names = "--tensorboard",
            description = "Write TensorBoard's event files, too: tensorboard in the run folder.")
    boolean tensorBoard;

    @Option(
            names = "--placement",
            paramLabel = "NAME",
            description = "single, columns, data or hybrid, over the backend's devices; default: single.")
    String placement;

    @Mixin
    ValidationOptions validation = new ValidationOptions();

    public TrainCommand(Console console, Interrupt interrupt) {
        super(console);
        this.interrupt = interrupt;
    }

    @Override
    Map<String, Object> named() {
        Map<String, Object> named = super.named();
        named.put("tandem.train.epochs", epochs);
        named.put("tandem.train.batch", batch);
        named.put("tandem.train.seed", seed);
        named.put("tandem.train.from", from);
        named.put("tandem.train.freeze", freeze);
        named.put("tandem.train.head-rate", headRate);
        named.put("tandem.train.augmentation", noAugmentation ? "none" : null);
        named.put("tandem.train.tensorboard", tensorBoard ? true : null);
        named.put("tandem.placement.strategy", placement);
        validation.addTo(named);
        return named;
    }

    /** The last line of {@code --json}. */
    private record TrainResult(
            String run,
            int epochs,
            Double trainingLoss,
            Double top1Error,
            Double top5Error,
            double seconds,
            double imagesPerSecond) {}

    @Override
    int run() {
        RunFolder earlier = resume ? RunFolder.existing(required(run)) : null;
        if (earlier != null) {
            ImportedRun.requireTraining(earlier);
        } else if (run != null) {
            NewRunFolder.requireFree(run);
        }
        try {
            lock = earlier == null ? null : earlier.lock();
            return run(earlier);
        } finally {
            if (lock != null) {
                lock.close();
            }
        }
    }

    private int run(RunFolder earlier) {
        long began = System.nanoTime();
        TandemConfig wanted = configuration(earlier);
        Cluster.requireNone(wanted, earlier == null ? "train" : "train --resume");
        Continuation changes = null;
        if (earlier != null) {
            TandemConfig before =
                    withDefaults(earlier.addTo(new ConfigSources())).load();
            wanted = wanted.keepingDecisions(before);
            changes = Continuation.of(before, wanted, override);
        }
        wanted.describe().lines().forEach(this::say);
        try (Wired parts = CliModule.open(wanted)) {
            DevicePlacement placement = parts.get(DevicePlacement.class);
            TandemConfig config = parts.get(OpenedBackends.class).decided();
            try (CountDisplay progress = scanProgress();
                    PlannedRun plan = earlier == null
                            ? PlannedRun.of(config, progress)
                            : PlannedRun.resumed(earlier, config, progress)) {
                introduce(plan, placement);
                try (ProgressDisplay display = new ProgressDisplay(console);
                        TrainingRun training = earlier == null
                                ? TrainingRun.begin(plan, () -> newFolder(plan), placement, display)
                                : TrainingRun.resume(plan, earlier, placement, changes, display)) {
                    say("Run folder: " + training.folder().path());
                    interrupt.onRequest(training::requestStop);
                    TrainingState end = trained(training, display);
                    return report(training, plan.recipe(), end, (System.nanoTime() - began) / 1e9);
                }
            }
        }
    }

    /** Trains; a failure of a device is told with how to go on. */
    private TrainingState trained(TrainingRun training, ProgressDisplay display) {
        try (display) {
            return training.train();
        } catch (TandemException e) {
            if (e.code() == ErrorCode.DEVICE_FAILURE || e.code() == ErrorCode.OUT_OF_MEMORY) {
                say("The newest checkpoint is intact. Continue from it with " + resumption(training.folder()));
            }
            throw e;
        }
    }

    private static String resumption(RunFolder folder) {
        return "./tandem train --resume --run " + folder.path();
    }

    /** A folder for this run alone; nothing is left of it if it cannot be written. */
    private RunFolder newFolder(PlannedRun plan) {
        RunFolder folder = run != null
                ? NewRunFolder.create(run)
                : NewRunFolder.create(
                        Path.of("runs"),
                        plan.recipe().name() + "-" + LocalDateTime.now().format(NOW));
        lock = NewRunFolder.occupy(folder, plan);
        return folder;
    }

    private int report(TrainingRun training, Recipe recipe, TrainingState end, double seconds) {
        RunFolder folder = training.folder();
        int before = training.start().history().size();
        List<EpochRecord> done = end.history().subList(before, end.history().size());
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
        boolean finished = training.isFinished(end);
        training.finishReason().ifPresent(reason -> say("Finished early: " + reason + "."));
        if (!finished) {
            say("Interrupted in epoch " + (end.epoch() + 1) + ". Continue with " + resumption(folder));
        }
        answer(new TrainResult(
                folder.path().toString(),
                end.epoch(),
                last == null ? null : last.trainingLoss(),
                last == null ? null : last.top1Error(),
                last == null ? null : last.top5Error(),
                seconds,
                done.isEmpty() ? 0 : imagesPerSecond));
        return finished ? ExitStatus.OK : ExitStatus.INTERRUPTED;
    }

    private void introduce(PlannedRun plan, DevicePlacement placement) {
        ImageFolder images = plan.images();
        Recipe recipe = plan.recipe();
        plan.smallerBatch().ifPresent(this::say);
        plan.takenWeights().forEach(this::say);
        say(String.format(
                Locale.ROOT,
                "Data: %,d training and %,d validation images of %d classes%s",
                images.trainingSize(),
                images.validationSize(),
                images.classNames().size(),
                images.badFiles().isEmpty()
                        ? ""
                        : "; " + images.badFiles().size() + " files skipped, see bad-files.txt in the run folder"));
        Photographs.orientationLine(
                        images.turned(), images.imageOptions().orientation().orElseThrow())
                .ifPresent(this::say);
        ModelSummary model = ModelSummary.of(recipe.network(), recipe.input(1).withoutBatch());
        Forecast cost = placement.forecast(recipe.network(), recipe.inputs(recipe.batch()), recipe.training());
        say(String.format(
                Locale.ROOT,
                "Model: %,d parameters; training at batch %d holds %,.0f MB in tensors, on %s",
                model.parameters(),
                recipe.batch(),
                cost.bytes() / 1e6,
                placement.devices()));
        keptFeatures(plan, placement).ifPresent(this::say);
    }

    /** A line on frozen first layers, of which each image's outputs are the same in every epoch if it is not varied. */
    private Optional<String> keptFeatures(PlannedRun plan, DevicePlacement placement) {
        Recipe recipe = plan.recipe();
        if (placement.devices().size() > 1 || placement.featureBytes() == 0) {
            return Optional.empty();
        }
        return FrozenPrefix.of(recipe.network(), recipe.inputs(recipe.batch())).map(prefix -> {
            String outputs = "The outputs of the frozen layers up to " + prefix.last();
            long images = plan.images().trainingSize() + (long) plan.images().validationSize();
            long bytes = prefix.keptBytes(images);
            boolean fit = bytes <= placement.featureBytes();
            if (!recipe.augmentation().equals(Augmentation.none())) {
                return outputs + " are computed in every epoch, as images vary"
                        + (fit
                                ? "; with --no-augmentation they are computed once and kept, and an epoch takes seconds"
                                : "");
            }
            if (fit) {
                return String.format(
                        Locale.ROOT,
                        "%s are computed once and kept, in %,.0f MB of Java's memory",
                        outputs,
                        bytes / 1e6);
            }
            return String.format(
                    Locale.ROOT,
                    "%s are computed in every epoch, as they take %,.0f MB and may take %,.0f MB of Java's memory; give"
                            + " Java more (-Xmx), or raise tandem.train.feature-memory",
                    outputs,
                    bytes / 1e6,
                    placement.featureBytes() / 1e6);
        });
    }

    private static Path required(Path run) {
        if (run == null) {
            throw TandemException.argument(
                    "train --resume", "no run to continue", "no --run", "--run DIR", "Name the folder of the run");
        }
        return run;
    }
}
