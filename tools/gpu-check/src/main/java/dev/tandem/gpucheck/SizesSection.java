package dev.tandem.gpucheck;

import dev.tandem.gpucheck.Setup.Kernels;
import dev.tandem.spi.Backend;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Other batches: training on 256 images, and inference. */
final class SizesSection implements Section {
    private record Case(boolean training, int batch, String precision, Kernels kernels) {
        @Override
        public String toString() {
            return (training ? "train " : "infer ") + precision + " " + kernels + " " + batch;
        }
    }

    private static List<Case> cases(List<String> precisions) {
        List<Case> cases = new ArrayList<>();
        for (String precision : precisions) {
            cases.add(new Case(true, 256, precision, Kernels.libraries));
        }
        cases.add(new Case(true, 256, "tf32", Kernels.own));
        for (int batch : new int[] {1, 64, 128}) {
            cases.add(new Case(false, batch, "tf32", Kernels.libraries));
            cases.add(new Case(false, batch, "f32", Kernels.libraries));
            cases.add(new Case(false, batch, "tf32", Kernels.own));
        }
        return cases;
    }

    @Override
    public void run(Setup setup, Report report, Limit limit) {
        List<Case> cases = cases(setup.precisions());
        for (int i = 0; i < cases.size(); i++) {
            measure(setup, report, limit.share(cases.size() - i), cases.get(i));
        }
    }

    private static void measure(Setup setup, Report report, Limit limit, Case which) {
        int batch = setup.batch(which.batch());
        try (Backend backend = setup.open(which.precision(), which.kernels(), Map.of());
                Steps steps = new Steps(setup.recipe(which.batch()), backend, which.training())) {
            steps.warmUp(Math.min(setup.warmUpSeconds() / 2, limit.left() / 2), setup.steps());
            Steps.Times times = steps.time(setup.steps() / 2, limit);
            report.row(
                    which.toString(),
                    Double.isFinite(steps.lastLoss()),
                    Report.text(
                            "%.3f ms (%.3f to %.3f), %.0f images/s",
                            times.median(), times.low(), times.high(), 1e3 * batch / times.median()),
                    Map.of(
                            "milliseconds", times.median(),
                            "low", times.low(),
                            "high", times.high(),
                            "imagesPerSecond", 1e3 * batch / times.median()));
        }
    }
}
