package dev.tandem.cli.bench;

import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.BackendProvider;
import dev.tandem.spi.Device;
import dev.tandem.spi.Profile;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** What serves the operations that take nearly all of a training's time, found by running a small one of each. */
public final class HeavyOperations {
    /** Said of an operation that no library serves. */
    public static final String OWN_CODE = "Tandem's own code";

    private static final ConvolutionSpec SAME_EXTENT = new ConvolutionSpec(new Window(3, 3, 1, 1, 1, 1, 1, 1), 1);
    private static final Shape IMAGES = Shape.of(8, 32, 16, 16);
    private static final Shape KERNELS = Shape.of(64, 32, 3, 3);
    private static final Shape ROWS = Shape.of(64, 512);
    private static final Shape WEIGHTS = Shape.of(256, 512);

    private HeavyOperations() {}

    /**
     * The implementations by operation, in the backend's words, on its first device with default options; empty if the
     * device does not tell.
     */
    public static Map<String, String> of(BackendProvider provider) {
        try (Backend backend = provider.open(BackendOptions.defaults(provider));
                TensorScope scope = TensorScope.open()) {
            Device device = backend.devices().get(0);
            Map<String, String> served = new LinkedHashMap<>();
            if (device.profile() == Profile.none()) {
                return served;
            }
            Tensor x = device.filled(IMAGES, 1);
            Tensor kernels = device.filled(KERNELS, 1);
            Tensor rows = device.filled(ROWS, 1);
            Tensor weights = device.filled(WEIGHTS, 1);
            Tensor y = run(
                    served,
                    device,
                    "convolution",
                    () -> device.convolutions().forward(x, kernels, null, SAME_EXTENT, UnaryFunction.RELU));
            run(
                    served,
                    device,
                    "its gradient with respect to the input",
                    () -> device.convolutions().backwardData(y, kernels, SAME_EXTENT, IMAGES));
            run(
                    served,
                    device,
                    "with respect to the weights",
                    () -> device.convolutions().backwardWeights(x, y, SAME_EXTENT, KERNELS, false));
            run(
                    served,
                    device,
                    "fully-connected layer",
                    () -> device.matrices().linear(rows, weights, null, UnaryFunction.RELU));
            return served;
        }
    }

    private static <T> T run(Map<String, String> served, Device device, String name, Supplier<T> operation) {
        device.profile().start();
        T result = operation.get();
        device.synchronize();
        served.put(
                name,
                device.profile().stop().stream()
                        .map(Profile.Entry::implementation)
                        .filter(implementation -> !implementation.isEmpty())
                        .findFirst()
                        .orElse(OWN_CODE));
        return result;
    }
}
