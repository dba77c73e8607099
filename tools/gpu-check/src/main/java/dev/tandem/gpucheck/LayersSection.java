package dev.tandem.gpucheck;

import dev.tandem.gpucheck.Setup.Kernels;
import dev.tandem.spi.Backend;
import dev.tandem.spi.Profile;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** The time of each layer's parts in a training step of 128 images. */
final class LayersSection implements Section {
    private static final int BATCH = 128;
    private static final int STEPS = 10;
    private static final String BESIDE = "(beside: next batch)";

    /** Milliseconds a step: outputs, gradients by the input and of the activation, by parameters, and the update. */
    private static final class Sums {
        final double[] milliseconds = new double[4];
        final TreeSet<String> implementations = new TreeSet<>();

        void add(Profile.Entry entry, int steps) {
            int part =
                    switch (entry.place().phase()) {
                        case FORWARD -> 0;
                        case BACKWARD -> entry.place().gradient() == Profile.Gradient.PARAMETERS ? 2 : 1;
                        case UPDATE -> 3;
                    };
            milliseconds[part] += entry.nanos() / 1e6 / steps;
            implementations.add(entry.implementation());
        }
    }

    @Override
    public void run(Setup setup, Report report, Limit limit) {
        int parts = setup.precisions().size() * Kernels.values().length;
        for (String precision : setup.precisions()) {
            for (Kernels kernels : Kernels.values()) {
                measure(setup, report, limit.share(parts--), precision, kernels);
            }
        }
    }

    private static void measure(Setup setup, Report report, Limit limit, String precision, Kernels kernels) {
        try (Backend backend = setup.open(precision, kernels, Map.of());
                Steps steps = new Steps(setup.recipe(BATCH), backend, true)) {
            steps.warmUp(Math.min(setup.warmUpSeconds() / 2, limit.left() / 2), setup.steps() / 2);
            int count = setup.driver().isSlow() ? 1 : STEPS;
            Profile profile = steps.device().profile();
            steps.device().synchronize();
            profile.start();
            steps.run(count);
            steps.device().synchronize();
            List<Profile.Entry> entries = profile.stop();
            Map<String, Sums> sums = new LinkedHashMap<>();
            for (Profile.Entry entry : entries) {
                String layer = entry.beside() ? BESIDE : entry.place().layer();
                sums.computeIfAbsent(layer, name -> new Sums()).add(entry, count);
            }
            Map<String, double[]> layers = new LinkedHashMap<>();
            Map<String, TreeSet<String>> implementations = new LinkedHashMap<>();
            double all = 0;
            for (Map.Entry<String, Sums> layer : sums.entrySet()) {
                layers.put(layer.getKey(), layer.getValue().milliseconds);
                implementations.put(layer.getKey(), layer.getValue().implementations);
                for (double part : layer.getValue().milliseconds) {
                    all += layer.getKey().equals(BESIDE) ? 0 : part;
                }
            }
            report.row(
                    precision + " " + kernels,
                    Report.text("%.2f ms a step in %d operations", all, entries.size() / count),
                    Map.of("layers", layers, "implementations", implementations, "milliseconds", all));
        }
    }
}
