package dev.tandem.backend.cpu;

import dev.tandem.backend.cpu.device.MemoryBudget;
import dev.tandem.backend.cpu.onednn.Precision;
import dev.tandem.spi.Backend;
import dev.tandem.spi.DataType;
import dev.tandem.spi.Device;
import dev.tandem.spi.DeviceId;
import java.util.ArrayList;
import java.util.List;

/** The opened CPU backend: one or several devices that share the chip's cores and memory. */
final class CpuBackend implements Backend {
    private final List<CpuDevice> opened = new ArrayList<>();
    private final List<Device> devices = new ArrayList<>();

    /**
     * Opens {@code count} devices that share {@code threads} threads.
     *
     * @param products the precision of the operands of products
     * @param inferenceWeights the precision in which the weights of inference are kept
     * @param chip a description of the processor and the library that computes
     */
    CpuBackend(
            int count, int threads, boolean withOneDnn, Precision products, Precision inferenceWeights, String chip) {
        MemoryBudget budget = MemoryBudget.ofMachine();
        for (int index = 0; index < count; index++) {
            int first = threads * index / count;
            int own = Math.max(1, threads * (index + 1) / count - first);
            DeviceId id = new DeviceId(CpuBackendProvider.NAME, index);
            CpuDevice device = new CpuDevice(id, own, withOneDnn, products, inferenceWeights, budget);
            opened.add(device);
            devices.add(new Device(id, chip + ", " + own + (own == 1 ? " thread" : " threads"), DataType.F32, device));
        }
    }

    @Override
    public String name() {
        return CpuBackendProvider.NAME;
    }

    @Override
    public List<Device> devices() {
        return List.copyOf(devices);
    }

    @Override
    public void close() {
        opened.forEach(CpuDevice::close);
    }
}
