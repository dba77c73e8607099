package dev.tandem.gpucheck;

import dev.tandem.gpucheck.Setup.Kernels;
import dev.tandem.spi.Backend;
import java.util.List;
import java.util.Map;

/** Two steps of a small net by own kernels, for compute-sanitizer: each tensor is an allocation of its own. */
final class SanitizeSection implements Section {
    @Override
    public void run(Setup setup, Report report, Limit limit) {
        Setup small = setup.small();
        for (String precision : List.of("f32", "tf32")) {
            try (Backend backend = small.open(precision, Kernels.own, Map.of("arena", 0L));
                    Steps steps = new Steps(small.recipe(2), backend, true)) {
                steps.run(2);
                report.row(precision, Report.text("loss %.4f", steps.lastLoss()), Map.of("loss", steps.lastLoss()));
            }
        }
    }
}
