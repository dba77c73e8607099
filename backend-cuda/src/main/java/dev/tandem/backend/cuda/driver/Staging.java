package dev.tandem.backend.cuda.driver;

import static dev.tandem.backend.cuda.driver.Driver.check;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import jcuda.Pointer;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/**
 * Pinned host memory, through which all transfers go: a transfer from a Java array would block the garbage collector or
 * read an array that it has moved. Writes return once their values are in pinned memory, so a batch can be staged while
 * the previous step computes. For the device's thread alone.
 */
public final class Staging {
    private static final int MOST_SLOTS = 6;
    private static final int LEAST_BYTES = 1 << 16;
    /** The host fills or empties one piece while the device copies the one before; the processor's cache holds a few. */
    private static final int PIECE_BYTES = 1 << 22;

    private final DeviceStream stream;
    private final List<Slot> slots = new ArrayList<>();
    private long uses;

    /** Transfers in {@code stream}; {@code handles} get the pinned memory. */
    public Staging(DeviceStream stream, Handles handles) {
        this.stream = stream;
        handles.add(this::close);
    }

    /** Moves {@code count} elements from {@code first} on between an array and the buffer's beginning. */
    public interface Transfer {
        void move(ByteBuffer buffer, int first, int count);
    }

    /** One pinned buffer, and an event that is reached once the device is done with it. */
    private static final class Slot {
        final int bytes;
        final Pointer pointer = new Pointer();
        final ByteBuffer buffer;
        final CUevent done = new CUevent();
        long lastUse;
        /** Whether it holds what the device has copied, or is copying, for the host. */
        boolean isUnread;

        Slot(int bytes) {
            this.bytes = bytes;
            check("cuMemAllocHost", JCudaDriver.cuMemAllocHost(pointer, bytes));
            check("cuEventCreate", JCudaDriver.cuEventCreate(done, CUevent_flags.CU_EVENT_DISABLE_TIMING));
            buffer = pointer.getByteBuffer(0, bytes).order(ByteOrder.nativeOrder());
        }

        boolean isIdle() {
            if (isUnread) {
                return false;
            }
            int status = JCudaDriver.cuEventQuery(done);
            if (status != CUresult.CUDA_ERROR_NOT_READY) {
                check("cuEventQuery", status);
            }
            return status == CUresult.CUDA_SUCCESS;
        }

        void free() {
            check("cuMemFreeHost", JCudaDriver.cuMemFreeHost(pointer));
            check("cuEventDestroy", JCudaDriver.cuEventDestroy(done));
        }
    }

    /** Host to device: {@code count} elements of 32 bits, which {@code source} puts into the buffer. */
    public void write(long address, int count, Transfer source) {
        int step = PIECE_BYTES / Integer.BYTES;
        for (int first = 0; first < count; first += step) {
            int length = Math.min(step, count - first);
            long bytes = (long) length * Integer.BYTES;
            Slot slot = slot(bytes);
            source.move(slot.buffer, first, length);
            DevicePointer to = new DevicePointer(address + (long) first * Integer.BYTES);
            check("cuMemcpyHtoDAsync", JCudaDriver.cuMemcpyHtoDAsync(to, slot.pointer, bytes, stream.handle()));
            check("cuEventRecord", JCudaDriver.cuEventRecord(slot.done, stream.handle()));
        }
    }

    /** Device to host, after everything before in the stream: {@code target} takes the elements out of the buffer. */
    public void read(long address, int count, Transfer target) {
        try {
            readPieces(address, count, target);
        } finally {
            slots.forEach(slot -> slot.isUnread = false);
        }
    }

    private void readPieces(long address, int count, Transfer target) {
        int step = PIECE_BYTES / Integer.BYTES;
        Slot before = null;
        for (int first = 0; first < count; first += step) {
            int length = Math.min(step, count - first);
            long bytes = (long) length * Integer.BYTES;
            Slot slot = slot(bytes);
            slot.isUnread = true;
            DevicePointer from = new DevicePointer(address + (long) first * Integer.BYTES);
            check("cuMemcpyDtoHAsync", JCudaDriver.cuMemcpyDtoHAsync(slot.pointer, from, bytes, stream.handle()));
            check("cuEventRecord", JCudaDriver.cuEventRecord(slot.done, stream.handle()));
            if (before != null) {
                check("cuEventSynchronize", JCudaDriver.cuEventSynchronize(before.done));
                take(before, first - step, step, target);
            }
            before = slot;
        }
        if (before != null) {
            stream.synchronize();
            int last = (count - 1) / step * step;
            take(before, last, count - last, target);
        }
    }

    private static void take(Slot slot, int first, int count, Transfer target) {
        target.move(slot.buffer, first, count);
        slot.isUnread = false;
    }

    /** A buffer that the device is done with: the smallest idle one that fits, otherwise a new one or the oldest. */
    private Slot slot(long bytes) {
        Slot slot = slots.stream()
                .filter(s -> s.bytes >= bytes && s.isIdle())
                .min(Comparator.comparingInt(s -> s.bytes))
                .orElse(null);
        if (slot == null) {
            if (slots.size() == MOST_SLOTS) {
                // The oldest that fits. If none does, a larger one replaces the oldest of all.
                slot = slots.stream()
                        .filter(s -> !s.isUnread)
                        .min(Comparator.comparing((Slot s) -> s.bytes < bytes).thenComparingLong(s -> s.lastUse))
                        .orElseThrow();
                check("cuEventSynchronize", JCudaDriver.cuEventSynchronize(slot.done));
                if (slot.bytes < bytes) {
                    slots.remove(slot);
                    slot.free();
                    slot = null;
                }
            }
            if (slot == null) {
                slot = new Slot((int) Math.max(LEAST_BYTES, Long.highestOneBit(bytes - 1) << 1));
                slots.add(slot);
            }
        }
        slot.lastUse = uses++;
        return slot;
    }

    private void close() {
        slots.forEach(Slot::free);
        slots.clear();
    }
}
