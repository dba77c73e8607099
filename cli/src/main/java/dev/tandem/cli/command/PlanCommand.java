package dev.tandem.cli.command;

import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.ExitStatus;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.placement.StepTime;
import dev.tandem.placement.StepTime.Machine;
import dev.tandem.placement.Strategy;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "plan",
        description = "Predicts what a training step would take on several devices, by each strategy, or a round over"
                + " several machines (--spark); runs nothing.")
public final class PlanCommand extends ConfiguredCommand {
    private static final double GIGA = 1e9;

    private static final int DEFAULT_DEVICES = 2;

    @Option(names = "--devices", paramLabel = "N", description = "Default: " + DEFAULT_DEVICES + ".")
    Integer devices;

    @Option(
            names = "--gflops",
            paramLabel = "X",
            description = "What one device sustains, or one node, in GFLOP/s, as ./tandem bench tells it of a square"
                    + " matrix product; of a node, the default is 100 a core.")
    Double gflops;

    @Option(names = "--bandwidth", paramLabel = "X", description = "The bus that devices share, in GB/s.")
    Double bandwidth;

    @Option(
            names = "--batch",
            paramLabel = "N",
            description = "Images per step over all devices or nodes; default: the recipe's.")
    Integer batch;

    @Mixin
    ClusterOptions cluster = new ClusterOptions();

    public PlanCommand(Console console) {
        super(console);
    }

    /**
     * One strategy.
     *
     * @param speedup images per second against one device with its share of the batch
     */
    private record Row(
            String strategy, double computeSeconds, double transferSeconds, double imagesPerSecond, double speedup) {}

    /** The last line of {@code --json}. */
    private record PlanResult(String recipe, int devices, int batch, List<Row> rows) {}

    @Override
    Map<String, Object> named() {
        Map<String, Object> named = super.named();
        named.put("tandem.train.batch", batch);
        cluster.addTo(named);
        return named;
    }

    @Override
    int run() {
        requireOneKind();
        TandemConfig config = configuration(null);
        ConfiguredRecipe recipes = new ConfiguredRecipe(config);
        Recipe recipe = recipes.forClasses(recipes.usualClasses());
        if (cluster.isAsked()) {
            answer(cluster.plan(recipe, config.cluster(), gflops, this::say));
        } else {
            answer(ofDevices(recipe));
        }
        return ExitStatus.OK;
    }

    /** No option is read past. */
    private void requireOneKind() {
        List<String> given = new ArrayList<>(cluster.given());
        if (cluster.isAsked()) {
            given.clear();
            if (devices != null) {
                given.add("--devices");
            }
            if (bandwidth != null) {
                given.add("--bandwidth");
            }
        }
        if (!given.isEmpty()) {
            throw TandemException.argument(
                    "plan",
                    cluster.isAsked() ? "options of devices in one machine" : "options of several machines",
                    String.join(", ", given),
                    cluster.isAsked() ? "none with --spark" : "none without --spark",
                    cluster.isAsked() ? "Use --nodes, --cores and --network" : "Add --spark");
        }
    }

    private PlanResult ofDevices(Recipe recipe) {
        if (gflops == null || bandwidth == null) {
            throw TandemException.argument(
                    "plan",
                    "missing options",
                    "no " + (gflops == null ? "--gflops" : "--bandwidth"),
                    "--gflops and --bandwidth",
                    "Pass what one device sustains, and the bus between them; of several machines, add --spark");
        }
        int devices = this.devices == null ? DEFAULT_DEVICES : this.devices;
        Machine machine = new Machine(gflops * GIGA, bandwidth * GIGA);
        int images = recipe.batch();
        List<Shape> samples = recipe.samples();
        int share = Math.max(2, images / Math.max(1, devices));
        double one = share
                / StepTime.predict(
                                recipe.network(), samples, recipe.training(), Strategy.SINGLE::table, 1, share, machine)
                        .seconds();
        List<Row> rows = new ArrayList<>();
        say(String.format(
                Locale.ROOT,
                "%-10s %12s %12s %12s %9s",
                "strategy",
                "compute, s",
                "transfer, s",
                "images/s",
                "speedup"));
        for (Strategy strategy : Strategy.values()) {
            int used = strategy == Strategy.SINGLE ? 1 : devices;
            StepTime time;
            try {
                time = StepTime.predict(
                        recipe.network(), samples, recipe.training(), strategy::table, used, images, machine);
            } catch (TandemException e) {
                if (e.code() != ErrorCode.INVALID_CONFIGURATION) {
                    throw e;
                }
                say(String.format(Locale.ROOT, "%-10s cannot be: %s", strategy.strategyName(), e.getMessage()));
                continue;
            }
            double rate = images / time.seconds();
            Row row = new Row(strategy.strategyName(), time.computeSeconds(), time.transferSeconds(), rate, rate / one);
            rows.add(row);
            say(String.format(
                    Locale.ROOT,
                    "%-10s %12.4f %12.4f %12.1f %9.2f",
                    row.strategy(),
                    row.computeSeconds(),
                    row.transferSeconds(),
                    rate,
                    row.speedup()));
        }
        return new PlanResult(recipe.name(), devices, images, rows);
    }
}
