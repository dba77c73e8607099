package dev.tandem.cli.command;

import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.CountDisplay;
import dev.tandem.cli.console.ExitStatus;
import dev.tandem.cli.console.Heartbeat;
import dev.tandem.cli.console.Interrupt;
import dev.tandem.paper.figure1.Figure1;
import dev.tandem.paper.figure1.Figure1Options;
import dev.tandem.paper.figure1.Figure1Result;
import dev.tandem.paper.figure1.Figure1Result.OfFunction;
import dev.tandem.paper.figure1.Figure1Result.Ratio;
import dev.tandem.paper.figure1.Function;
import dev.tandem.paper.figure1.RateOutcome;
import dev.tandem.runtime.config.TandemConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "figure-1",
        description =
                "Trains a net with ReLU, tanh and sigmoid, each at its best learning rate and without regularization, and"
                        + " draws how soon each reaches a training error. Started again, it goes on where it was.")
public final class Figure1Command extends ConfiguredCommand {
    private final Interrupt interrupt;

    @Option(
            names = "--functions",
            split = ",",
            paramLabel = "NAME",
            description = "Some of relu, tanh, sigmoid; default: all.")
    List<Function> functions;

    @Option(
            names = "--rates",
            split = ",",
            paramLabel = "RATE",
            description = "The grid of learning rates; default: 0.00025 to 0.016 in factors of 2.")
    List<Double> rates;

    @Option(
            names = "--error",
            paramLabel = "SHARE",
            description = "The training error to reach, 0 to 1; default: 0.25, as in the paper.")
    Double error;

    @Option(names = "--epochs", paramLabel = "N", description = "The most epochs at one rate; default: 60.")
    Integer epochs;

    @Option(
            names = "--give-up",
            paramLabel = "N",
            description = "Epochs at the error of guesses after which a rate is given up; default: 5.")
    Integer giveUp;

    @Option(
            names = "--images",
            paramLabel = "N",
            description = "Training images that the error is measured on; default: 10000.")
    Integer images;

    @Option(names = "--seed", paramLabel = "N", description = "Chooses everything random; default: 1.")
    String seed;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where the trials, figure-1.json and figure-1.png go; default: paper/figure-1-RECIPE.")
    Path out;

    Figure1Command(Console console, Interrupt interrupt) {
        super(console);
        this.interrupt = interrupt;
    }

    @Override
    Map<String, Object> named() {
        Map<String, Object> named = super.named();
        if (recipe == null && config == null && !settings.containsKey("tandem.recipe")) {
            named.put("tandem.recipe", "cifar-19pct");
        }
        named.put("tandem.train.seed", seed);
        return named;
    }

    @Override
    int run() {
        TandemConfig config = configuration(null);
        Path folder = out != null
                ? out
                : Path.of("paper", "figure-1-" + config.recipe().orElseThrow());
        Figure1 experiment = new Figure1(config, options(), folder, this::say);
        interrupt.onRequest(experiment::requestStop);
        Figure1Result result;
        try (CountDisplay progress = scanProgress();
                Heartbeat heartbeat = new Heartbeat(console, Heartbeat.INTERVAL, experiment::status)) {
            result = experiment.run(progress);
        }
        answer(result);
        result.functions().forEach(one -> say(line(one, result)));
        result.ratios().forEach(ratio -> say(line(ratio)));
        say("Results: " + folder.resolve("figure-1.json") + ", " + folder.resolve("figure-1.png"));
        if (experiment.isStopped()) {
            say("Interrupted. Started again with the same options, it goes on.");
            return ExitStatus.INTERRUPTED;
        }
        return ExitStatus.OK;
    }

    private Figure1Options options() {
        Figure1Options usual = Figure1Options.DEFAULTS;
        return new Figure1Options(
                Optional.ofNullable(functions).orElse(usual.functions()),
                Optional.ofNullable(rates).orElse(usual.rates()),
                Optional.ofNullable(error).orElse(usual.goal()),
                Optional.ofNullable(epochs).orElse(usual.epochs()),
                Optional.ofNullable(giveUp).orElse(usual.patience()),
                Optional.ofNullable(images).orElse(usual.images()));
    }

    private static String line(OfFunction one, Figure1Result result) {
        if (one.fastest() == null) {
            return String.format(
                    Locale.ROOT,
                    "%s: %.0f %% training error was not reached at %d rates",
                    one.function(),
                    100 * result.goal(),
                    one.trials().size());
        }
        return String.format(
                Locale.ROOT,
                "%s: %.0f %% training error in %.2f epochs at rate %s, the best of %d",
                one.function(),
                100 * result.goal(),
                one.fastest().epochsToGoal(),
                RateOutcome.text(one.fastest().rate()),
                one.trials().size());
    }

    private static String line(Ratio ratio) {
        return String.format(
                Locale.ROOT,
                "%s takes %s%.2f times as long as ReLU",
                ratio.function(),
                ratio.isLeast() ? "more than " : "",
                ratio.times());
    }
}
