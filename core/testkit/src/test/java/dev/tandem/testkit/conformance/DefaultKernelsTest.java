package dev.tandem.testkit.conformance;

import dev.tandem.spi.Backends;
import dev.tandem.spi.DataType;
import dev.tandem.spi.Device;
import dev.tandem.spi.DeviceId;
import dev.tandem.spi.kernel.DeviceKernels;
import dev.tandem.testkit.reference.ReferenceProvider;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The kernels that the SPI composes for a backend which has only the required ones. */
class DefaultKernelsTest {
    /** By default these go through single precision, in which the other defaults could not be compared closely. */
    private static final Set<String> TRANSFERS = Set.of("writeDoubles", "readDoubles", "copyFrom");

    private final Device reference =
            Backends.open(ReferenceProvider.NAME).devices().get(0);

    @TestFactory
    Stream<DynamicTest> matrices() {
        return tests(sides -> new MatrixConformance(sides).tests());
    }

    @TestFactory
    Stream<DynamicTest> memory() {
        return tests(sides -> new MemoryConformance(sides).tests());
    }

    @TestFactory
    Stream<DynamicTest> reductions() {
        return tests(sides -> new ReductionConformance(sides).tests());
    }

    @TestFactory
    Stream<DynamicTest> convolutions() {
        return tests(sides -> new ConvolutionConformance(sides).tests());
    }

    @TestFactory
    Stream<DynamicTest> locallyConnected() {
        return tests(sides -> new LocallyConnectedConformance(sides).tests());
    }

    @TestFactory
    Stream<DynamicTest> normalizations() {
        return tests(sides -> new NormalizationConformance(sides).tests());
    }

    @TestFactory
    Stream<DynamicTest> updates() {
        return tests(sides -> new UpdateConformance(sides).tests());
    }

    @TestFactory
    Stream<DynamicTest> staleOutputs() {
        return tests(sides -> new StaleOutputConformance(sides).tests());
    }

    private Stream<DynamicTest> tests(Function<SideBySide, Stream<DynamicTest>> family) {
        DeviceKernels full =
                Backends.open(ReferenceProvider.NAME).devices().get(0).kernels();
        DeviceKernels minimal = proxy(DeviceKernels.class, (proxy, kernels, arguments) -> {
            Object whole = kernels.invoke(full);
            return kernels.isDefault() ? whole : requiredOnly(kernels.getReturnType(), whole);
        });
        Device device = new Device(new DeviceId("minimal", 0), "required kernels only", DataType.F64, minimal);
        return family.apply(new SideBySide(device, reference, 1e-12, 2012));
    }

    private static Object requiredOnly(Class<?> family, Object whole) {
        return proxy(family, (proxy, kernel, arguments) -> {
            try {
                return kernel.isDefault() && !TRANSFERS.contains(kernel.getName())
                        ? InvocationHandler.invokeDefault(proxy, kernel, arguments)
                        : kernel.invoke(whole, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
