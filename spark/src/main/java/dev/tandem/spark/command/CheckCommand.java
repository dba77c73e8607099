package dev.tandem.spark.command;

import dev.tandem.spark.cluster.ExecutorReport;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "check",
        description = "Looks at every executor: Java, version, native libraries, a small product, and memory for the"
                + " recipe's part of a step.")
final class CheckCommand extends SparkSubcommand {
    @Option(
            names = "--recipe",
            paramLabel = "NAME",
            description = "Whose memory is checked, such as paper; default: none.")
    @Nullable
    String recipe;

    /** The last line of {@code --json}. */
    private record CheckResult(List<ExecutorReport> executors) {}

    @Override
    Map<String, @Nullable Object> named() {
        Map<String, @Nullable Object> named = new LinkedHashMap<>();
        named.put("tandem.recipe", recipe);
        return named;
    }

    @Override
    int run(SparkSession spark) {
        List<ExecutorReport> reports = tandem(spark).check();
        for (ExecutorReport report : reports) {
            say(String.format(
                    Locale.ROOT,
                    "%s (executor %s): Java %s, Tandem %s, %d cores, %,d MiB of heap, %,d MiB of memory, a core packs %.0f MB/s, %s",
                    report.host(),
                    report.executor(),
                    report.java(),
                    report.tandem(),
                    report.cores(),
                    report.heapBytes() >> 20,
                    report.memoryBytes() >> 20,
                    report.packingBytesPerSecond() / 1e6,
                    String.join(", ", report.devices())));
        }
        answer(new CheckResult(reports));
        return OK;
    }
}
