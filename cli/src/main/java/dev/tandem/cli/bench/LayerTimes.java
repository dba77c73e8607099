package dev.tandem.cli.bench;

import dev.tandem.nn.layer.ModelSummary;
import dev.tandem.spi.Device;
import dev.tandem.spi.Profile;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Where the time of a step goes: milliseconds by layer and part of the step, and of the host, over all devices. */
public final class LayerTimes {
    private static final double FLOPS_PER_MULTIPLY_ADD = 2;
    private static final String WAITING = "host: waiting";
    private static final String BESIDE = "(beside: next batch)";
    private static final String BETWEEN = "host: between kernels";
    private static final Set<String> HOST = Set.of(Profile.BATCH, Profile.RESULTS);

    /**
     * One layer, or one part of the host's work, in milliseconds a step.
     *
     * @param forward outputs
     * @param backwardData gradients with respect to the layer's input, and of its activation
     * @param backwardWeights gradients with respect to its parameters
     * @param update the optimizer
     * @param host what no layer computes: a batch that is brought to the device, results that are read, and the time in
     *     which the device computes nothing
     * @param peakShare the share of the peak in the layer's products, forward and backward; 0 where it has none, or
     *     where the devices are of several kinds
     * @param implementations what served it
     */
    public record Row(
            String layer,
            double forward,
            double backwardData,
            double backwardWeights,
            double update,
            double host,
            double peakShare,
            Collection<String> implementations) {
        private static Row host(String part, double milliseconds) {
            return new Row(part, 0, 0, 0, 0, milliseconds, 0, List.of());
        }

        double total() {
            return forward + backwardData + backwardWeights + update + host;
        }
    }

    private final List<Row> rows = new ArrayList<>();
    private final int devices;
    private final double millisecondsPerStep;
    private final double all;
    private final double accountedShare;

    private static final class Sum {
        double forward;
        double backwardData;
        double backwardWeights;
        double update;
        boolean hasInputGradient;
        final Set<String> implementations = new LinkedHashSet<>();

        void add(Profile.Entry entry, int steps) {
            double milliseconds = entry.nanos() / 1e6 / steps;
            switch (entry.place().phase()) {
                case FORWARD -> forward += milliseconds;
                case UPDATE -> update += milliseconds;
                case BACKWARD -> {
                    if (entry.place().gradient() == Profile.Gradient.PARAMETERS) {
                        backwardWeights += milliseconds;
                    } else {
                        backwardData += milliseconds;
                        hasInputGradient |= entry.place().gradient() == Profile.Gradient.INPUT;
                    }
                }
            }
            if (!entry.implementation().isEmpty()) {
                implementations.add(entry.implementation());
            }
        }
    }

    /**
     * From what {@code devices} recorded in {@code steps} steps of {@code model} on {@code batch} images.
     *
     * @param millisecondsPerStep what such a step took by the caller's clock
     * @param peakGflops of all of them together
     */
    public LayerTimes(
            List<Device> devices,
            int steps,
            double millisecondsPerStep,
            ModelSummary model,
            int batch,
            double peakGflops) {
        Map<String, Sum> sums = new LinkedHashMap<>();
        double waiting = 0;
        double between = 0;
        double beside = 0;
        for (Device device : devices) {
            for (Profile.Entry entry : device.profile().stop()) {
                if (entry.beside()) {
                    beside += entry.nanos() / 1e6 / steps;
                } else {
                    sums.computeIfAbsent(entry.place().layer(), layer -> new Sum())
                            .add(entry, steps);
                }
            }
            waiting += device.profile().idle().waiting() / 1e6 / steps;
            between += device.profile().idle().between() / 1e6 / steps;
        }
        // Times are summed over devices, so the peak of one device counts; devices of several kinds share none.
        boolean alike =
                devices.stream().map(device -> device.id().backend()).distinct().count() == 1;
        double ofEach = alike ? peakGflops / devices.size() : Double.POSITIVE_INFINITY;
        Map<String, Long> multiplyAdds = new LinkedHashMap<>();
        model.rows().forEach(row -> multiplyAdds.put(row.name(), row.multiplyAdds() * batch));
        List<Row> host = new ArrayList<>();
        sums.forEach((layer, sum) -> {
            if (HOST.contains(layer)) {
                host.add(Row.host(layer, sum.forward));
            } else {
                rows.add(row(layer, sum, multiplyAdds.getOrDefault(layer, 0L), ofEach));
            }
        });
        rows.addAll(host);
        rows.add(Row.host(BETWEEN, between));
        rows.add(Row.host(WAITING, waiting));
        // Not in the sum: it takes none of the step's time.
        this.all = rows.stream().mapToDouble(Row::total).sum();
        if (beside > 0) {
            rows.add(Row.host(BESIDE, beside));
        }
        this.devices = devices.size();
        this.millisecondsPerStep = millisecondsPerStep;
        this.accountedShare = all / millisecondsPerStep / devices.size();
    }

    private static Row row(String layer, Sum sum, long multiplyAdds, double peakGflops) {
        // The first layer has no gradient with respect to its input, and inference has none at all.
        int products = 1 + (sum.hasInputGradient ? 1 : 0) + (sum.backwardWeights > 0 ? 1 : 0);
        double milliseconds = sum.forward + sum.backwardData + sum.backwardWeights;
        double gflops = products * FLOPS_PER_MULTIPLY_ADD * multiplyAdds / milliseconds / 1e6;
        return new Row(
                layer,
                sum.forward,
                sum.backwardData,
                sum.backwardWeights,
                sum.update,
                0,
                gflops / peakGflops,
                List.copyOf(sum.implementations));
    }

    public List<Row> rows() {
        return List.copyOf(rows);
    }

    /** What a step took, by the caller's clock, while it was recorded. */
    public double millisecondsPerStep() {
        return millisecondsPerStep;
    }

    /** The share of that time, on all devices, which the rows name. */
    public double accountedShare() {
        return accountedShare;
    }

    /** A table for people. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        int width = rows.stream().mapToInt(row -> row.layer().length()).reduce(10, Math::max);
        String name = "%-" + width + "s";
        lines.add(String.format(Locale.ROOT, name, "ms a step")
                + "  forward  backward-data  backward-weights   update    total  of peak  served by");
        rows.forEach(row -> lines.add(line(row, name)));
        lines.add(String.format(
                Locale.ROOT,
                name + " %59.2f  %.0f %% of the %.2f that a step took while recorded%s",
                "all",
                all,
                100 * accountedShare,
                millisecondsPerStep,
                devices == 1 ? "" : ", on each of " + devices + " devices"));
        return lines;
    }

    private static String line(Row row, String name) {
        if (row.host() > 0) {
            return String.format(Locale.ROOT, name + " %59.2f", row.layer(), row.host());
        }
        return String.format(
                Locale.ROOT,
                name + " %8.2f %14.2f %17.2f %8.2f %8.2f %8s  %s",
                row.layer(),
                row.forward(),
                row.backwardData(),
                row.backwardWeights(),
                row.update(),
                row.total(),
                row.peakShare() == 0 ? "" : String.format(Locale.ROOT, "%.0f %%", 100 * row.peakShare()),
                String.join(", ", row.implementations()));
    }
}
