package dev.tandem.gpucheck;

import dev.tandem.gpucheck.Setup.Kernels;
import dev.tandem.spi.Backend;
import java.util.Map;

/** Two runs of the same steps give the same bits: losses and weights. */
final class DeterminismSection implements Section {
    private static final int STEPS = 20;
    private static final int BATCH = 128;

    @Override
    public void run(Setup setup, Report report, Limit limit) {
        for (String precision : setup.precisions()) {
            for (Kernels kernels : Kernels.values()) {
                if (limit.isOver()) {
                    report.row(precision + " " + kernels, "skipped: no time left", Map.of());
                    continue;
                }
                long first = checksum(setup, precision, kernels);
                long second = checksum(setup, precision, kernels);
                report.row(
                        precision + " " + kernels,
                        first == second,
                        Report.text("checksums %08x and %08x of two runs", first, second),
                        Map.of("first", first, "second", second));
            }
        }
    }

    private static long checksum(Setup setup, String precision, Kernels kernels) {
        try (Backend backend = setup.open(precision, kernels, Map.of());
                Steps steps = new Steps(setup.recipe(BATCH), backend, true)) {
            int count = setup.driver().isSlow() ? 2 : STEPS;
            for (int i = 0; i < count; i++) {
                steps.run(1);
            }
            return steps.checksum();
        }
    }
}
