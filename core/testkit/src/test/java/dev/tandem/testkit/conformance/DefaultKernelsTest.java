package dev.tandem.testkit.conformance;

import dev.tandem.spi.Backends;
import dev.tandem.spi.DataType;
import dev.tandem.spi.Device;
import dev.tandem.spi.DeviceId;
import dev.tandem.spi.kernel.DeviceKernels;
import dev.tandem.spi.kernel.MatrixKernels;
import dev.tandem.testkit.reference.ReferenceProvider;
import java.lang.reflect.Proxy;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The kernels that the SPI composes for a backend which has only the required ones. */
class DefaultKernelsTest {
    @TestFactory
    Stream<DynamicTest> fullyConnectedLayersFromProductsAlone() {
        Device reference = Backends.open(ReferenceProvider.NAME).devices().get(0);
        DeviceKernels full =
                Backends.open(ReferenceProvider.NAME).devices().get(0).kernels();
        MatrixKernels productOnly = full.matrices()::product;
        DeviceKernels minimal = (DeviceKernels) Proxy.newProxyInstance(
                DeviceKernels.class.getClassLoader(),
                new Class<?>[] {DeviceKernels.class},
                (proxy, family, arguments) -> family.getName().equals("matrices") ? productOnly : family.invoke(full));
        Device device = new Device(new DeviceId("minimal", 0), "required kernels only", DataType.F64, minimal);
        return new MatrixConformance(new SideBySide(device, reference, 1e-12, 2012)).tests();
    }
}
