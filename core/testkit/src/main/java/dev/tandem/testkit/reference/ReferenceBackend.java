package dev.tandem.testkit.reference;

import dev.tandem.spi.Backend;
import dev.tandem.spi.DataType;
import dev.tandem.spi.Device;
import dev.tandem.spi.DeviceId;
import java.util.List;
import java.util.stream.IntStream;

/** The reference backend's devices; there is nothing to close. */
final class ReferenceBackend implements Backend {
    private final List<Device> devices;

    ReferenceBackend(int count) {
        devices = IntStream.range(0, count)
                .mapToObj(index -> new Device(
                        new DeviceId(ReferenceProvider.NAME, index),
                        "plain Java, double precision",
                        DataType.F64,
                        new ReferenceKernels()))
                .toList();
    }

    @Override
    public String name() {
        return ReferenceProvider.NAME;
    }

    @Override
    public List<Device> devices() {
        return devices;
    }

    @Override
    public void close() {}
}
