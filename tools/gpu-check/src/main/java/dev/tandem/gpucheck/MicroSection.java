package dev.tandem.gpucheck;

import dev.tandem.gpucheck.Setup.Kernels;
import dev.tandem.spi.Backend;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import java.util.Map;

/** The ceilings: copies, launches and square matrix products. */
final class MicroSection implements Section {
    private static final int LAUNCHES = 2000;

    @Override
    public void run(Setup setup, Report report, Limit limit) {
        try (Backend backend = setup.open("f32", Kernels.own, Map.of())) {
            Device device = backend.devices().get(0);
            boolean slow = setup.driver().isSlow();
            Copies.report(report, slow ? 1 << 20 : 77_070_336, slow ? 1 << 20 : 1 << 30);
            launches(report, device);
        }
        for (String precision : setup.precisions()) {
            for (Kernels kernels : Kernels.values()) {
                if (!limit.isOver()) {
                    products(setup, report, precision, kernels);
                }
            }
        }
    }

    /** From Java, operation after operation, and one that is waited for. */
    private static void launches(Report report, Device device) {
        try (Tensor one = device.filled(Shape.of(1), 1)) {
            double many = 1;
            double single = 1;
            for (int round = 0; round < 5; round++) {
                long began = System.nanoTime();
                for (int i = 0; i < LAUNCHES; i++) {
                    device.kernels().elementwise().affine(one, 1, 0, one);
                }
                device.synchronize();
                many = Math.min(many, (System.nanoTime() - began) / 1e9 / LAUNCHES);
                for (int i = 0; i < LAUNCHES / 10; i++) {
                    began = System.nanoTime();
                    device.kernels().elementwise().affine(one, 1, 0, one);
                    device.synchronize();
                    single = Math.min(single, (System.nanoTime() - began) / 1e9);
                }
            }
            report.row(
                    "launch from Java",
                    Report.text("%.2f us each of many, %.1f us with a wait", many * 1e6, single * 1e6),
                    Map.of("seconds", many, "withWait", single));
        }
    }

    private static void products(Setup setup, Report report, String precision, Kernels kernels) {
        int size = setup.driver().isSlow() ? 128 : 4096;
        try (Backend backend = setup.open(precision, kernels, Map.of())) {
            Device device = backend.devices().get(0);
            try (Tensor a = device.tensor(Shape.of(size, size), Noise.values(size * size, 1))) {
                double best = Double.MAX_VALUE;
                for (int i = 0; i < (setup.driver().isSlow() ? 1 : 10); i++) {
                    device.synchronize();
                    long began = System.nanoTime();
                    Tensor product = device.matrices().product(a, false, a, true);
                    device.synchronize();
                    best = Math.min(best, (System.nanoTime() - began) / 1e9);
                    product.close();
                }
                double rate = 2.0 * size * size * size / best / 1e12;
                report.row(
                        Report.text("product %d %s %s", size, precision, kernels),
                        Report.text("%.3f ms, %.1f TFLOP/s", best * 1e3, rate),
                        Map.of("seconds", best, "teraflops", rate));
            }
        }
    }
}
