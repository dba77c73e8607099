package dev.tandem.cli.command;

import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.ExitStatus;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.placement.StepTime;
import dev.tandem.placement.StepTime.Machine;
import dev.tandem.placement.Strategy;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "plan",
        description = "Predicts what a training step would take on several devices, by each strategy; runs nothing.")
public final class PlanCommand extends ConfiguredCommand {
    private static final double GIGA = 1e9;

    @Option(names = "--devices", paramLabel = "N", defaultValue = "2", description = "Default: 2.")
    int devices;

    @Option(
            names = "--gflops",
            paramLabel = "X",
            required = true,
            description = "What one device sustains, in GFLOP/s.")
    double gflops;

    @Option(names = "--bandwidth", paramLabel = "X", required = true, description = "The bus they share, in GB/s.")
    double bandwidth;

    @Option(
            names = "--batch",
            paramLabel = "N",
            description = "Images per step over all devices; default: the recipe's.")
    Integer batch;

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
    int run() {
        ConfiguredRecipe recipes = new ConfiguredRecipe(configuration(null));
        Recipe recipe = recipes.forClasses(recipes.usualClasses());
        Machine machine = new Machine(gflops * GIGA, bandwidth * GIGA);
        int images = batch == null ? recipe.batch() : batch;
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
        answer(new PlanResult(recipe.name(), devices, images, rows));
        return ExitStatus.OK;
    }
}
