package dev.tandem.gpucheck;

import dev.tandem.gpucheck.Setup.Kernels;
import dev.tandem.spi.Backend;
import dev.tandem.spi.Probe;
import dev.tandem.spi.TandemException;
import java.util.Map;

/** Opens the backend for the first time, and takes the first steps, with own kernels; if they fail, names which fails. */
final class OpenSection implements Section {
    private static final int STEPS = 5;
    private static final int BATCH = 128;

    @Override
    public void run(Setup setup, Report report, Limit limit) {
        Probe probe = setup.provider().probe();
        report.row("probe", probe.available(), probe.detail(), Map.of());
        long began = System.nanoTime();
        try (Backend backend = setup.open("tf32", Kernels.libraries, Map.of())) {
            double seconds = (System.nanoTime() - began) / 1e9;
            String text = Report.text(
                    "%.1f s with libraries; %s",
                    seconds, setup.provider().probe().detail());
            report.row(
                    "first opening",
                    text,
                    Map.of(
                            "seconds",
                            seconds,
                            "device",
                            backend.devices().get(0).description()));
        }
        try {
            step(setup, report, Map.of());
        } catch (TandemException e) {
            report.row("first steps", false, e.getMessage(), Map.of());
            // Waits after every operation, so that the failure names its own.
            step(setup, report, Map.of("blocking", 1L, "arena", 0L));
        }
    }

    private static void step(Setup setup, Report report, Map<String, Long> settings) {
        try (Backend backend = setup.open("f32", Kernels.own, settings);
                Steps steps = new Steps(setup.recipe(BATCH), backend, true)) {
            long began = System.nanoTime();
            steps.run(STEPS);
            double loss = steps.lastLoss();
            report.row(
                    "first steps",
                    Double.isFinite(loss),
                    Report.text(
                            "%d steps of own kernels in f32 in %.2f s, loss %.4f",
                            STEPS, (System.nanoTime() - began) / 1e9, loss),
                    Map.of("loss", loss));
        }
    }
}
