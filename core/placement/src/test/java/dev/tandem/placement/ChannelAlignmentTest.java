package dev.tandem.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.LocalResponseNormalization;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.DeviceKernels;
import dev.tandem.spi.kernel.MemoryKernels;
import dev.tandem.spi.kernel.NormalizationKernels;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** A device that stores channels in blocks gets ranges of whole blocks; the results are the same. */
class ChannelAlignmentTest {
    private static final Shape INPUT = Shape.of(2, 3, 5, 5);

    /**
     * Two devices have 4 of the 8 channels each. A normalization over 5 needs 2 more on the side of the other device.
     */
    private static final Network NETWORK = Network.builder()
            .add("conv", Convolution.of(8, 3).weights(Initializer.gaussian(0.5)))
            .add("lrn", LocalResponseNormalization.paper().alphaOfSum(0.1))
            .add("fc", Linear.of(2))
            .build();

    /** The channels of each tensor that was normalized. */
    private final List<Integer> normalized = new ArrayList<>();

    @Test
    void zeroChannelsFillTheBlocksOfADeviceThatHasBlocks() {
        double loss = lossAlignedTo(1);
        assertThat(normalized).containsExactly(6, 6);
        normalized.clear();
        assertThat(lossAlignedTo(4)).isCloseTo(loss, Offset.offset(1e-12));
        assertThat(normalized).containsExactly(8, 8);
    }

    @Test
    void channelsThatAreNotWholeBlocksAreLeftAsTheyAre() {
        lossAlignedTo(16);
        assertThat(normalized).containsExactly(6, 6);
    }

    /** The loss of a second step, which depends on the gradients of the first. */
    private double lossAlignedTo(int alignment) {
        var provider = Backends.named("reference");
        try (Backend backend = provider.open(BackendOptions.of(provider, Map.of("devices", 2L)));
                PlacedModel model = DevicePlacement.of(
                                Strategy.COLUMNS,
                                backend.devices().stream()
                                        .map(device -> aligned(device, alignment))
                                        .toList())
                        .place(NETWORK, INPUT, Training.paper())) {
            model.initialize(1);
            HostBatch batch = new HostBatch(INPUT);
            for (int i = 0; i < batch.images().array().length; i++) {
                batch.images().array()[i] = i % 7 - 3;
            }
            model.step(batch, new StepSettings(1, 0, 0.1));
            model.takeLoss();
            List<Integer> ofOneStep = List.copyOf(normalized);
            model.step(batch, new StepSettings(1, 1, 0.1));
            normalized.clear();
            normalized.addAll(ofOneStep);
            return model.takeLoss().mean();
        }
    }

    private Device aligned(Device device, int alignment) {
        DeviceKernels kernels = device.kernels();
        MemoryKernels memory = proxy(
                MemoryKernels.class,
                (proxy, method, arguments) -> method.getName().equals("channelAlignment")
                        ? alignment
                        : call(method, kernels.memory(), arguments));
        NormalizationKernels normalizations = proxy(NormalizationKernels.class, (proxy, method, arguments) -> {
            if (method.getName().equals("responseNormalization")) {
                normalized.add(((Tensor) arguments[0]).shape().dim(1));
            }
            return call(method, kernels.normalizations(), arguments);
        });
        DeviceKernels all = proxy(DeviceKernels.class, (proxy, method, arguments) -> switch (method.getName()) {
            case "memory" -> memory;
            case "normalizations" -> normalizations;
            default -> call(method, kernels, arguments);
        });
        return new Device(device.id(), device.description(), device.floatingType(), all);
    }

    private static <K> K proxy(Class<K> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private static Object call(Method method, Object target, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
