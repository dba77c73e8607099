package dev.tandem.backend.cuda.gpu;

import dev.tandem.backend.cuda.driver.HostCopies;
import dev.tandem.backend.cuda.driver.StreamMarks;
import dev.tandem.spi.HostMemory;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Storage;
import dev.tandem.spi.kernel.InputMemory;

/** Memory that the copy stream fills while the stream of all operations computes; each waits for marks of the other. */
public final class CudaInput implements InputMemory {
    private final Gpu gpu;
    private final CudaStorage storage;
    private final int count;
    private long lastUse;
    private long lastFill;

    /** Memory for the elements of {@code shape} on {@code gpu}. */
    public CudaInput(Gpu gpu, Shape shape) {
        this.gpu = gpu;
        this.count = shape.arrayLength();
        this.storage =
                new CudaStorage(gpu, gpu.arena().allocate((long) count * Float.BYTES, "inputs of shape " + shape));
        // What had this memory before may still be in use.
        done();
    }

    @Override
    public Storage storage() {
        return storage;
    }

    @Override
    public void fill(HostMemory from, int first) {
        // A copy of the numbers before in bfloat16 goes with them.
        storage.overwrite(Format.F32);
        HostCopies copies = gpu.inputCopies();
        StreamMarks uses = gpu.inputUses();
        long address = storage.block().address();
        long until = lastUse;
        lastFill = copies.ask(
                from,
                number -> gpu.copyLauncher().submit("input", () -> {
                    uses.letWait(gpu.copyStream(), until);
                    gpu.copyLauncher().restartTime();
                    copies.copy(number, from, first, count, address);
                }));
    }

    @Override
    public void arrived() {
        long number = lastFill;
        gpu.thread().submitAlways(() -> gpu.inputCopies().letWait(gpu.stream(), number));
    }

    @Override
    public void done() {
        long use = gpu.inputUses().reserve();
        gpu.thread().submitAlways(() -> gpu.inputUses().mark(use));
        lastUse = use;
    }
}
