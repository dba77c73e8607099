package dev.tandem.backend.cuda;

import dev.tandem.backend.cuda.driver.DeviceThread;
import dev.tandem.backend.cuda.driver.Driver;
import dev.tandem.backend.cuda.driver.PinnedMemory;
import dev.tandem.backend.cuda.driver.Ptx;
import dev.tandem.backend.cuda.gpu.Accelerators;
import dev.tandem.backend.cuda.gpu.CudnnChoices;
import dev.tandem.backend.cuda.gpu.Gpu;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.DataType;
import dev.tandem.spi.Device;
import dev.tandem.spi.DeviceId;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The opened GPUs. */
final class CudaBackend implements Backend {
    private static final long MEBIBYTE = 1 << 20;

    private final List<Gpu> gpus = new ArrayList<>();
    private final List<Device> devices = new ArrayList<>();
    private final PinnedMemory.Pool pinned = new PinnedMemory.Pool();

    /**
     * Opens as many devices as the options ask for, the first of them on the first of {@code found}.
     *
     * @param cache where it is kept what is measured; empty if there is no such place
     */
    CudaBackend(
            List<Driver.Properties> found, Accelerators accelerators, Optional<Path> cache, BackendOptions options) {
        int wanted = options.getInt("devices");
        int perGpu = options.getInt("devices-per-gpu");
        int most = found.size() * perGpu;
        if (wanted > most) {
            throw TandemException.argument(
                    "tandem.cuda.devices",
                    "more than this machine has",
                    wanted,
                    "0 to " + most,
                    "Lower it; 0 uses all");
        }
        long limit = options.get("memory") == 0 ? Long.MAX_VALUE / 2 : options.get("memory") * MEBIBYTE;
        boolean bf16 = options.get("bf16") == 1;
        // Numbers of bfloat16 are TF32 numbers, too: their products are exact.
        boolean tf32 = bf16 || options.get("tf32") == 1;
        List<Ptx> ptx = new ArrayList<>(List.of(Ptx.exact()));
        if (tf32) {
            ptx.add(Ptx.tf32());
        }
        if (bf16) {
            ptx.add(Ptx.bf16());
        }
        boolean blocking = options.get("blocking") == 1;
        Gpu.Settings settings =
                new Gpu.Settings(ptx, tf32, options.get("arena") * MEBIBYTE, limit, blocking, accelerators, pinned);
        Map<String, CudnnChoices> choices = new HashMap<>();
        try {
            for (int i = 0; i < (wanted == 0 ? most : wanted); i++) {
                Driver.Properties properties = found.get(i / perGpu);
                requireCapability(properties, ptx.get(ptx.size() - 1), bf16 ? "bf16" : "tf32");
                DeviceId id = new DeviceId(CudaBackendProvider.NAME, i);
                CudnnChoices ofCard = choices.computeIfAbsent(
                        properties.card(), card -> new CudnnChoices(cache, card, accelerators.cudnn()));
                Gpu gpu = new Gpu(id, properties, settings, ofCard);
                gpus.add(gpu);
                for (Gpu other : gpus.subList(0, i)) {
                    gpu.enablePeerAccess(other);
                    other.enablePeerAccess(gpu);
                }
                devices.add(
                        new Device(id, properties + "; " + accelerators.versions(), DataType.F32, CudaDevice.of(gpu)));
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private static void requireCapability(Driver.Properties device, Ptx ptx, String option) {
        if (device.capability() < ptx.leastCapability()) {
            throw TandemException.argument(
                    "tandem.cuda." + option,
                    "this GPU has no " + option.toUpperCase(Locale.ROOT),
                    device,
                    "compute capability " + ptx.leastCapability() / 10.0 + " or above",
                    "Set it to 0");
        }
    }

    @Override
    public String name() {
        return CudaBackendProvider.NAME;
    }

    @Override
    public List<Device> devices() {
        return List.copyOf(devices);
    }

    @Override
    public void close() {
        Optional<DeviceThread> lost =
                gpus.stream().map(Gpu::thread).filter(DeviceThread::isLost).findFirst();
        if (lost.isPresent()) {
            // Another device may wait for a fence of the lost one, which is never reached.
            gpus.forEach(gpu -> gpu.thread().abandon(lost.get()));
            pinned.abandon();
        } else {
            // A device may still have to wait for another's fence: no fence goes before all waits are issued.
            gpus.forEach(gpu -> gpu.thread().awaitSubmitted());
            gpus.forEach(Gpu::awaitCopies);
            pinned.close();
        }
        gpus.forEach(Gpu::close);
        gpus.clear();
    }
}
