package dev.tandem.cli.command;

import dev.tandem.nn.recipe.Recipe;
import dev.tandem.placement.ClusterForecast;
import dev.tandem.placement.ClusterNodes;
import dev.tandem.placement.ClusterWork;
import dev.tandem.placement.ExchangeCost;
import dev.tandem.runtime.config.Cluster;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** What {@code plan} asks of a cluster, and what it answers. */
final class ClusterOptions {
    private static final double GIGA = 1e9;
    private static final double BITS = 8;
    private static final double MEGA = 1e6;
    private static final double GFLOPS_OF_CORE = 100;
    private static final List<Integer> LOCAL_STEPS = List.of(1, 5, 20, 50);

    @Option(names = "--spark", description = "Predicts training over machines through Spark, by local steps.")
    boolean spark;

    @Option(names = "--nodes", paramLabel = "N", description = "With --spark: machines.")
    Integer nodes;

    @Option(names = "--cores", paramLabel = "N", description = "With --spark: cores of each machine.")
    Integer cores;

    @Option(
            names = "--network",
            paramLabel = "X",
            description = "With --spark: what each machine's network carries, in Gbit/s; default: 10.")
    Double network;

    @Option(
            names = "--packing",
            paramLabel = "X",
            description = "With --spark: what a core packs for the network and unpacks again, in MB/s; tandem-spark's"
                    + " check measures it. Default: 650.")
    Double packing;

    @Option(
            names = "--workers",
            paramLabel = "N",
            description = "With --spark: workers over all machines; default: as configured, else one a machine.")
    String workers;

    @Option(
            names = "--local-steps",
            paramLabel = "N",
            description = "With --spark: steps between two exchanges; default: as configured, else 1.")
    String localSteps;

    /**
     * A number of local steps.
     *
     * @param exchangeShare of the time of a round, 0 to 1
     * @param efficiency what a node gives, as a share of what it gives alone
     * @param payingNodes the most nodes of which each gives at least half of what it gives alone
     * @param broadcastBytes from the driver to each worker, and before to the driver, in a round
     * @param sentBytes by each worker in a round
     */
    private record Row(
            int localSteps,
            double computeSeconds,
            double exchangeSeconds,
            double exchangeShare,
            double imagesPerSecond,
            double speedup,
            double efficiency,
            int payingNodes,
            long broadcastBytes,
            long sentBytes) {
        static Row of(ClusterForecast forecast, ExchangeCost cost) {
            return new Row(
                    forecast.localSteps(),
                    forecast.computeSeconds(),
                    forecast.exchangeSeconds(),
                    forecast.exchangeShare(),
                    forecast.imagesPerSecond(),
                    forecast.speedup(),
                    forecast.efficiency(),
                    forecast.payingNodes(cost),
                    forecast.mergedBytes(),
                    forecast.sentBytes());
        }

        String line(boolean chosen) {
            return String.format(
                    Locale.ROOT,
                    "%11d %11.3f %12.3f %10.1f %10.1f %8.2f %11.1f %8d%s",
                    localSteps,
                    computeSeconds,
                    exchangeSeconds,
                    100 * exchangeShare,
                    imagesPerSecond,
                    speedup,
                    100 * efficiency,
                    payingNodes,
                    chosen ? "  <" : "");
        }
    }

    /** The last line of {@code --json}; {@code warning} is null if there is none. */
    private record ClusterPlan(
            String recipe,
            int nodes,
            int cores,
            int workers,
            int batch,
            int localSteps,
            double oneNodeImagesPerSecond,
            List<Row> rows,
            String warning) {}

    boolean isAsked() {
        return spark;
    }

    /** The options that need {@code --spark}, of those that were given. */
    List<String> given() {
        List<String> given = new ArrayList<>();
        if (nodes != null) {
            given.add("--nodes");
        }
        if (cores != null) {
            given.add("--cores");
        }
        if (network != null) {
            given.add("--network");
        }
        if (packing != null) {
            given.add("--packing");
        }
        if (workers != null) {
            given.add("--workers");
        }
        if (localSteps != null) {
            given.add("--local-steps");
        }
        return given;
    }

    /** Adds the settings behind the options; null where they were not given. */
    void addTo(Map<String, Object> named) {
        named.put("tandem.cluster.workers", workers);
        named.put("tandem.cluster.local-steps", localSteps);
    }

    /**
     * Says the prediction, and returns it for programs.
     *
     * @param gflops what a node sustains, or null
     */
    Object plan(Recipe recipe, Cluster configured, Double gflops, Consumer<String> say) {
        if (nodes == null || cores == null) {
            throw TandemException.argument(
                    "plan --spark",
                    "missing options",
                    "no " + (nodes == null ? "--nodes" : "--cores"),
                    "--nodes and --cores",
                    "Pass the number of machines, and the cores of each");
        }
        double gigabits = network == null ? 10 : network;
        double sustained = gflops == null ? GFLOPS_OF_CORE * cores : gflops;
        ClusterNodes cluster = new ClusterNodes(
                nodes, cores, configured.workers().orElse(nodes), sustained * GIGA, gigabits * GIGA / BITS);
        ClusterWork work = ClusterWork.of(recipe);
        double packed = packing == null ? ExchangeCost.ASSUMED_PACKING / MEGA : packing;
        ExchangeCost cost = ExchangeCost.of(packed * MEGA);
        TreeSet<Integer> steps = new TreeSet<>(LOCAL_STEPS);
        steps.add(configured.localSteps());
        List<ClusterForecast> forecasts = steps.stream()
                .map(count -> ClusterForecast.of(work, cluster, count, cost))
                .toList();
        List<Row> rows =
                forecasts.stream().map(forecast -> Row.of(forecast, cost)).toList();
        double alone = forecasts.get(0).oneNodeImagesPerSecond();
        say.accept(String.format(
                Locale.ROOT,
                "%s, batch %d over %d worker(s) on %d machine(s) of %d core(s) with %s Gbit/s; one alone: %.1f images/s"
                        + " at %.0f GFLOP/s%s; a core packs %.0f MB/s%s",
                recipe.name(),
                recipe.batch(),
                cluster.workers(),
                nodes,
                cores,
                gigabits,
                alone,
                sustained,
                gflops == null ? ", assumed (--gflops)" : "",
                packed,
                packing == null ? ", assumed (--packing)" : ""));
        say.accept("local steps  compute, s  exchange, s  exchange %   images/s  speedup  efficiency %  pays to");
        rows.forEach(row -> say.accept(row.line(row.localSteps() == configured.localSteps())));
        exchanges(forecasts, say);
        say.accept(
                "pays to: the most machines of which each gives at least half of what it gives alone. All of this is"
                        + " predicted: the cost of Spark follows from what a core packs, and the network is taken at its full rate.");
        String warning = warning(forecasts, configured.localSteps());
        if (warning != null) {
            say.accept(warning);
        }
        return new ClusterPlan(
                recipe.name(),
                nodes,
                cores,
                cluster.workers(),
                recipe.batch(),
                configured.localSteps(),
                alone,
                rows,
                warning);
    }

    private static void exchanges(List<ClusterForecast> forecasts, Consumer<String> say) {
        ClusterForecast one = forecasts.get(0);
        ClusterForecast several = forecasts.get(forecasts.size() - 1);
        for (ClusterForecast each : List.of(one, several)) {
            say.accept(String.format(
                    Locale.ROOT,
                    "%s: each worker sends %.1f MB a round, and receives %.1f MB, which go through the driver",
                    each.localSteps() == 1 ? "1 local step" : "Several",
                    each.sentBytes() / MEGA,
                    each.mergedBytes() / MEGA));
        }
    }

    private static String warning(List<ClusterForecast> forecasts, int localSteps) {
        ClusterForecast chosen = forecasts.stream()
                .filter(forecast -> forecast.localSteps() == localSteps)
                .findFirst()
                .orElseThrow();
        if (chosen.speedup() >= 1) {
            return null;
        }
        String advice = forecasts.stream()
                .filter(forecast -> forecast.localSteps() > localSteps && forecast.speedup() > 1)
                .findFirst()
                .map(forecast -> "More local steps are faster: --local-steps " + forecast.localSteps())
                .orElse("A larger batch leaves more to compute between exchanges: --batch");
        return String.format(
                Locale.ROOT,
                "Warning: one machine alone is faster: %.1f images/s against %.1f. %s",
                chosen.oneNodeImagesPerSecond(),
                chosen.imagesPerSecond(),
                advice);
    }
}
