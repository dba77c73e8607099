package dev.tandem.cli.command;

import dev.tandem.cli.bench.DataBench;
import dev.tandem.cli.bench.LayerTimes;
import dev.tandem.cli.bench.Precision;
import dev.tandem.cli.bench.SyntheticSteps;
import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.ExitStatus;
import dev.tandem.cli.console.Interrupt;
import dev.tandem.cli.run.Session;
import dev.tandem.cli.wiring.CliModule;
import dev.tandem.nn.layer.ModelSummary;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.placement.DeviceForecast;
import dev.tandem.placement.DevicePlacement;
import dev.tandem.placement.Forecast;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.runtime.wiring.OpenedBackends;
import dev.tandem.runtime.wiring.Wired;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "bench",
        description =
                "Times training or inference of a recipe on synthetic images, or the loading of real ones (--mode data).")
public final class BenchCommand extends ConfiguredCommand {
    /** Of loading, whose median counts. */
    private static final int DATA_ROUNDS = 10;

    private static final double FLOPS_PER_MULTIPLY_ADD = 2;

    private final Interrupt interrupt;

    /** What is timed. */
    enum Mode {
        train,
        infer,
        data
    }

    @Option(names = "--batch", paramLabel = "N", description = "Images per step; default: the recipe's.")
    String batch;

    @Option(names = "--mode", paramLabel = "train|infer|data", defaultValue = "train", description = "Default: train.")
    Mode mode;

    @Option(names = "--steps", paramLabel = "N", description = "Timed steps; default: 10, and 200 on GPUs.")
    Integer steps;

    @Option(
            names = "--precision",
            paramLabel = "f32|bf16|tf32|auto",
            description =
                    "Precision of products: bf16 on the CPU and on GPUs, tf32 on GPUs, auto: the faster of f32 and bf16"
                            + " on the CPU; default: as configured, else f32.")
    Precision precision;

    @Option(names = "--layers", description = "Also shows where the time goes, layer by layer.")
    boolean layers;

    public BenchCommand(Console console, Interrupt interrupt) {
        super(console);
        this.interrupt = interrupt;
    }

    @Override
    Map<String, Object> named() {
        Map<String, Object> named = super.named();
        named.put("tandem.train.batch", batch);
        if (precision != null) {
            precision.addTo(named);
        }
        if (mode == Mode.data && recipe == null && !settings.containsKey("tandem.recipe")) {
            named.put("tandem.recipe", "paper"); // its 256 pixels are what others measure, too
        }
        return named;
    }

    /**
     * The last line of {@code --json}; medians, and of a step the quartiles, too. {@code layers} and what follows it are
     * null unless asked for.
     */
    private record BenchResult(
            double imagesPerSecond,
            double millisecondsPerStep,
            double lowerQuartileMilliseconds,
            double upperQuartileMilliseconds,
            int steps,
            double gflops,
            double rooflineShare,
            double peakGflops,
            long residentBytes,
            List<LayerTimes.Row> layers,
            Double recordedMillisecondsPerStep,
            Double accountedShare) {}

    @Override
    int run() {
        TandemConfig config = configuration(null);
        if (precision != null) {
            precision.requireBackend(config);
        }
        if (mode == Mode.data) {
            return timeLoading(config);
        }
        try (Wired parts = CliModule.open(config)) {
            Session session = parts.get(Session.class);
            Recipe recipe = session.recipes().forClasses(session.recipes().usualClasses());
            DevicePlacement placement = session.placement();
            double peak = peakGflops(placement);
            try (SyntheticSteps timed = new SyntheticSteps(recipe, placement, mode == Mode.train)) {
                SyntheticSteps.Timing timing = timed.time(steps == null ? 0 : Math.max(1, steps));
                // Before and after: a neighbour that is busy for a while must not look like a low peak.
                peak = Math.max(peak, peakGflops(placement));
                LayerTimes times = layers ? layerTimes(timed, timing.count(), recipe, placement, peak) : null;
                report(
                        recipe,
                        placement,
                        Precision.of(parts.get(OpenedBackends.class).decided()),
                        timing,
                        peak,
                        times);
            }
        }
        return ExitStatus.OK;
    }

    /** Of all devices together, each by itself. */
    private static double peakGflops(DevicePlacement placement) {
        return placement.devices().stream()
                .mapToDouble(SyntheticSteps::peakGflops)
                .sum();
    }

    private int timeLoading(TandemConfig config) {
        ConfiguredRecipe configured = new ConfiguredRecipe(config);
        configured.preprocessing(); // refuses a recipe without one
        Recipe recipe = configured.forClasses(configured.usualClasses());
        try {
            answer(new DataBench(recipe, steps == null ? DATA_ROUNDS : steps, interrupt, this::say)
                    .run(config.data().orElseThrow()));
            return ExitStatus.OK;
        } catch (CancellationException e) {
            say("Interrupted.");
            return ExitStatus.INTERRUPTED;
        }
    }

    private static LayerTimes layerTimes(
            SyntheticSteps timed, int count, Recipe recipe, DevicePlacement placement, double peak) {
        ModelSummary model = ModelSummary.of(recipe.network(), recipe.samples());
        double seconds = timed.profiledSeconds(count);
        return new LayerTimes(placement.devices(), count, seconds * 1e3, model, recipe.batch(), peak);
    }

    private void report(
            Recipe recipe,
            DevicePlacement placement,
            Precision used,
            SyntheticSteps.Timing timing,
            double peak,
            LayerTimes times) {
        double seconds = timing.seconds();
        double gflops = FLOPS_PER_MULTIPLY_ADD * multiplyAdds(recipe, placement) / seconds / 1e9;
        BenchResult answer = new BenchResult(
                recipe.batch() / seconds,
                seconds * 1e3,
                timing.lowerQuartile() * 1e3,
                timing.upperQuartile() * 1e3,
                timing.count(),
                gflops,
                gflops / peak,
                peak,
                residentBytes(),
                times == null ? null : times.rows(),
                times == null ? null : times.millisecondsPerStep(),
                times == null ? null : times.accountedShare());
        say(String.format(
                Locale.ROOT,
                "%s %s in %s, batch %d: %.1f images/s, %.1f ms a step (%.1f to %.1f), %.1f GFLOP/s, %.0f %% of the %.1f GFLOP/s of a"
                        + " square matrix product, %.2f GB resident; median of %d steps on %s",
                mode,
                recipe.name(),
                used,
                recipe.batch(),
                answer.imagesPerSecond(),
                answer.millisecondsPerStep(),
                answer.lowerQuartileMilliseconds(),
                answer.upperQuartileMilliseconds(),
                gflops,
                100 * answer.rooflineShare(),
                peak,
                answer.residentBytes() / 1e9,
                answer.steps(),
                placement.devices()));
        if (times != null) {
            times.lines().forEach(this::say);
        }
        answer(answer);
    }

    /** What the process holds of the machine's memory; 0 where the system does not say. */
    private static long residentBytes() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
                    .sum();
        } catch (IOException e) {
            return 0;
        }
    }

    private long multiplyAdds(Recipe recipe, DevicePlacement placement) {
        if (mode == Mode.infer) {
            return recipe.batch()
                    * ModelSummary.of(recipe.network(), recipe.samples()).multiplyAdds();
        }
        return Forecast.of(
                        recipe.network(),
                        recipe.inputs(recipe.batch()),
                        recipe.training(),
                        placement.table(),
                        placement.devices().size())
                .devices()
                .stream()
                .mapToLong(DeviceForecast::multiplyAdds)
                .sum();
    }
}
