package dev.tandem.backend.cuda.gpu;

import dev.tandem.backend.cuda.driver.Arena;
import dev.tandem.backend.cuda.driver.DeviceStream;
import dev.tandem.backend.cuda.driver.DeviceThread;
import dev.tandem.backend.cuda.driver.Driver;
import dev.tandem.backend.cuda.driver.DriverMemory;
import dev.tandem.backend.cuda.driver.Handles;
import dev.tandem.backend.cuda.driver.HostCopies;
import dev.tandem.backend.cuda.driver.PinnedMemory;
import dev.tandem.backend.cuda.driver.PrimaryContext;
import dev.tandem.backend.cuda.driver.Ptx;
import dev.tandem.backend.cuda.driver.Staging;
import dev.tandem.backend.cuda.driver.StreamClock;
import dev.tandem.backend.cuda.driver.StreamMarks;
import dev.tandem.spi.DeviceId;
import dev.tandem.spi.HostMemory;
import dev.tandem.spi.Profile;
import dev.tandem.spi.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One device, opened: its thread, its stream, its memory, its kernels and the libraries in use. */
public final class Gpu implements AutoCloseable {
    private final DeviceId id;
    private final Driver.Properties properties;
    private final DeviceThread thread;
    private final Arena arena;
    private final PinnedMemory.Pool pinned;
    private final DeviceLibraries libraries;
    private final Profile profile = new Profile(this::settleTimes);
    private PrimaryContext context;

    // Used by the device's thread alone.
    private final Handles handles = new Handles();
    private final DeviceStream stream;
    private final Staging staging;
    private final HostCopies copies;
    private final DeviceStream copyStream;
    private final HostCopies inputCopies;
    private final StreamMarks inputUses;
    private final OperationTimes copyTimes;
    private final Launcher copyLauncher;

    private final OperationTimes times;
    private final Launcher launcher;
    private final PeerCopies peerCopies;
    private final Kernels kernels;

    /**
     * How devices are opened.
     *
     * @param ptx the kernels; if those in TF32 are among them, they compute the products
     * @param tf32 whether the libraries are to multiply in TF32 too
     * @param allocationBytes and {@code memoryBytes} as {@link Arena} takes them
     * @param blocking whether to wait after every operation
     * @param accelerators the libraries to use
     * @param pinned the host memory that the devices read by themselves
     */
    public record Settings(
            List<Ptx> ptx,
            boolean tf32,
            long allocationBytes,
            long memoryBytes,
            boolean blocking,
            Accelerators accelerators,
            PinnedMemory.Pool pinned) {}

    /**
     * Opens a device.
     *
     * @param choices cuDNN's algorithms on this kind of card
     */
    public Gpu(DeviceId id, Driver.Properties properties, Settings settings, CudnnChoices choices) {
        this.id = id;
        this.properties = properties;
        this.pinned = settings.pinned();
        thread = new DeviceThread(id);
        arena = new Arena(id.toString(), new DriverMemory(thread), settings.allocationBytes(), settings.memoryBytes());
        libraries = new DeviceLibraries(id, thread, arena);
        try {
            context = open(() -> PrimaryContext.of(properties.ordinal()));
            stream = open(() -> new DeviceStream(context, handles));
            times = new OperationTimes(open(() -> new StreamClock(stream, handles)), profile, false);
            launcher = new Launcher(thread, stream, times, profile, settings.blocking());
            peerCopies = open(() -> new PeerCopies(stream, launcher, handles));
            kernels = open(() -> new Kernels(settings.ptx(), launcher, properties.multiprocessors(), arena, handles));
            staging = open(() -> new Staging(stream, handles));
            copies = open(() -> new HostCopies(thread, stream, staging, settings.pinned(), handles));
            copyStream = open(() -> new DeviceStream(stream, handles));
            inputCopies = open(() ->
                    new HostCopies(thread, copyStream, new Staging(copyStream, handles), settings.pinned(), handles));
            inputUses = open(() -> new StreamMarks(stream, handles));
            copyTimes = new OperationTimes(open(() -> new StreamClock(copyStream, handles)), profile, true);
            copyLauncher = new Launcher(thread, copyStream, copyTimes, profile, settings.blocking());
            // Handles are closed from the last to the first, so this waits before anything is given back.
            handles.add(stream::synchronize);
            handles.add(copyStream::synchronize);
            libraries.open(settings.accelerators(), choices, stream, settings.tf32());
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private <T> T open(Supplier<T> part) {
        return thread.call("open " + id, part);
    }

    /** The device as the driver describes it. */
    public Driver.Properties properties() {
        return properties;
    }

    private void settleTimes() {
        thread.run("profile " + id, () -> {
            times.settle();
            copyTimes.settle();
        });
    }

    /** What this device's operations take, while it records. */
    public Profile profile() {
        return profile;
    }

    /** The thread that calls the driver for this device. */
    public DeviceThread thread() {
        return thread;
    }

    /** The device's memory. */
    public Arena arena() {
        return arena;
    }

    /** Transfers from and to the host; for the device's thread. */
    public Staging staging() {
        return staging;
    }

    /** Copies from host memory, in the order of all work. */
    public HostCopies copies() {
        return copies;
    }

    /** Host memory of {@code length} zeros that this device reads by itself; null if none can be had. For any thread. */
    public @Nullable HostMemory hostMemory(int length) {
        return pinned.allocate(length, stream);
    }

    /** The stream of all work, but for the copies of {@link #inputCopies}. */
    DeviceStream stream() {
        return stream;
    }

    /** The stream of {@link #inputCopies}. */
    DeviceStream copyStream() {
        return copyStream;
    }

    /** Copies from host memory beside all other work. */
    HostCopies inputCopies() {
        return inputCopies;
    }

    /** Points of the stream at which nothing uses an input any more. */
    StreamMarks inputUses() {
        return inputUses;
    }

    /** The way into the copy stream. */
    Launcher copyLauncher() {
        return copyLauncher;
    }

    /** The way into the stream. */
    public Launcher launcher() {
        return launcher;
    }

    /** Copies from other devices; for the device's thread. */
    public PeerCopies peerCopies() {
        return peerCopies;
    }

    /** The kernels of the backend. */
    public Kernels kernels() {
        return kernels;
    }

    /** The format of what layers compute, and of its gradients; parameters and theirs are in single precision. */
    public Format activations() {
        return conversions().isPresent() ? Format.BF16 : Format.F32;
    }

    /** Copies between the formats; empty if all elements are in single precision. */
    public Optional<Conversions> conversions() {
        return Optional.ofNullable(kernels.conversions());
    }

    /** What products multiply of a tensor: its elements, in bfloat16 if that is wanted. */
    public Elements operand(String operation, Tensor tensor) {
        return conversions()
                .map(conversions -> conversions.narrowed(operation, tensor))
                .orElseGet(() -> Elements.of(tensor));
    }

    /** cuBLAS in this device's stream, for the device's thread; empty if our kernels compute products. */
    public Optional<Cublas> cublas() {
        return libraries.cublas();
    }

    /** Convolutions by cuDNN in this device's stream; empty if our kernels compute all of them. */
    public Optional<CudnnSearch> cudnn() {
        return libraries.cudnn();
    }

    /**
     * Lets copies from {@code other} be direct if the hardware can; otherwise the driver takes them through the host.
     */
    public void enablePeerAccess(Gpu other) {
        thread.run("peer access", () -> peerCopies.enableAccess(other.peerCopies));
    }

    /** Waits until the device has done all that was asked for. */
    public void synchronize() {
        thread.run("synchronize", stream::synchronize);
    }

    /** Waits until no copy from host memory is under way, even after a failure. */
    public void awaitCopies() {
        thread.submitAlways(copyStream::synchronize);
        thread.submitAlways(stream::synchronize);
        thread.awaitSubmitted();
    }

    @Override
    public void close() {
        libraries.close();
        // This waits for the stream first: another device may still be copying from the memory.
        thread.submitAlways(handles::close);
        arena.giveBackAll();
        thread.close();
        if (context != null) {
            context.release(thread.isLost());
        }
    }
}
