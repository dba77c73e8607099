package dev.tandem.gpucheck;

import dev.tandem.gpucheck.Setup.Kernels;
import dev.tandem.spi.Backend;
import java.util.Map;

/** Training at batch 128 in every precision, by libraries and by own kernels. */
final class TrainSection implements Section {
    private static final int BATCH = 128;

    @Override
    public void run(Setup setup, Report report, Limit limit) {
        int parts = setup.precisions().size() * Kernels.values().length;
        for (Kernels kernels : Kernels.values()) {
            for (String precision : setup.precisions()) {
                measure(setup, report, limit.share(parts--), precision, kernels);
            }
        }
        if (!setup.precisions().contains("bf16")) {
            report.row("bf16", "skipped: not built", Map.of());
        }
    }

    private static void measure(Setup setup, Report report, Limit limit, String precision, Kernels kernels) {
        int batch = setup.batch(BATCH);
        try (Backend backend = setup.open(precision, kernels, Map.of());
                Steps steps = new Steps(setup.recipe(BATCH), backend, true)) {
            steps.run(2);
            long before = steps.memory().reserved();
            steps.warmUp(Math.min(setup.warmUpSeconds(), limit.left() / 2), setup.steps());
            Steps.Times times = steps.time(setup.steps(), limit);
            long growth = steps.memory().reserved() - before;
            double peak = steps.memory().peak() / 1e9;
            report.row(
                    Report.text("%s %s %d", precision, kernels, batch),
                    growth == 0 && Double.isFinite(steps.lastLoss()),
                    Report.text(
                            "%.2f ms (%.2f to %.2f of %d steps), %.0f images/s; memory %.2f GB, growth %d B; loss %.3f",
                            times.median(),
                            times.low(),
                            times.high(),
                            times.steps(),
                            1e3 * batch / times.median(),
                            peak,
                            growth,
                            steps.lastLoss()),
                    Map.of(
                            "milliseconds", times.median(),
                            "low", times.low(),
                            "high", times.high(),
                            "steps", times.steps(),
                            "imagesPerSecond", 1e3 * batch / times.median(),
                            "peakBytes", steps.memory().peak(),
                            "reservedBytes", before,
                            "growthBytes", growth));
        }
    }
}
