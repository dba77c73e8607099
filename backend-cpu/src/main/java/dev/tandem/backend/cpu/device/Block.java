package dev.tandem.backend.cpu.device;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataBuffer;

/**
 * A piece of native memory, part of an ND4J buffer and aligned for the vector units, counted by the storages that
 * share it. Indices are in 4-byte elements. Only the compute thread and its team touch it.
 */
public final class Block {
    /** A cache line, and the width of an AVX-512 register. */
    static final int ALIGNMENT = 64;

    // A direct buffer holds less than 2 GiB, so a larger block is read and written through several of them.
    private static final int WINDOW_BITS = 28;
    private static final int WINDOW = 1 << WINDOW_BITS;

    private final DataBuffer buffer;
    private final long start;
    private final Pointer pointer;
    private final long bytes;
    private final FloatBuffer[] windows;
    private int owners = 1;

    /** A pointer to a given address; in JavaCPP only a subclass can set it. */
    private static final class Address extends Pointer {
        Address(long address) {
            this.address = address;
        }
    }

    /** The part of {@code buffer} (4-byte elements) that begins at its first aligned byte and holds {@code bytes}. */
    Block(DataBuffer buffer, long bytes) {
        this.buffer = buffer;
        long raw = buffer.pointer().address();
        long aligned = (raw + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        this.start = (aligned - raw) / Float.BYTES;
        this.pointer = new Address(aligned);
        this.bytes = bytes;
        long elements = bytes / Float.BYTES;
        this.windows = new FloatBuffer[Math.toIntExact((elements + WINDOW - 1) >>> WINDOW_BITS)];
        for (int i = 0; i < windows.length; i++) {
            long first = (long) i << WINDOW_BITS;
            long length = Math.min(WINDOW, elements - first);
            windows[i] = new BytePointer(new Address(aligned + first * Float.BYTES))
                    .capacity(length * Float.BYTES)
                    .asByteBuffer()
                    .asFloatBuffer();
        }
    }

    /** The address of the first element, for native code. */
    public Pointer pointer() {
        return pointer;
    }

    /** The address {@code offset} bytes on. */
    public Pointer pointer(long offset) {
        return offset == 0 ? pointer : new Address(pointer.address() + offset);
    }

    /** The ND4J buffer that this is a part of. */
    public DataBuffer buffer() {
        return buffer;
    }

    /** The position in {@link #buffer} of this block's first element. */
    public long start() {
        return start;
    }

    /** The size in bytes. */
    public long bytes() {
        return bytes;
    }

    /** One more storage uses this. */
    public Block share() {
        owners++;
        return this;
    }

    /** Whether more than one storage uses this, so that none of them may write it. */
    public boolean isShared() {
        return owners > 1;
    }

    /** One storage less uses this; true if it was the last. */
    boolean unshare() {
        return --owners == 0;
    }

    /** Gives a free block its first owner. */
    Block reuse() {
        owners = 1;
        return this;
    }

    /** Copies {@code count} elements from {@code index} on to {@code into[at...]}. */
    public void get(long index, float[] into, int at, int count) {
        while (count > 0) {
            int offset = (int) (index & WINDOW - 1);
            int some = Math.min(count, WINDOW - offset);
            windows[(int) (index >>> WINDOW_BITS)].get(offset, into, at, some);
            index += some;
            at += some;
            count -= some;
        }
    }

    /** Copies {@code from[at...]}, {@code count} of them, to the elements from {@code index} on. */
    public void put(long index, float[] from, int at, int count) {
        while (count > 0) {
            int offset = (int) (index & WINDOW - 1);
            int some = Math.min(count, WINDOW - offset);
            windows[(int) (index >>> WINDOW_BITS)].put(offset, from, at, some);
            index += some;
            at += some;
            count -= some;
        }
    }

    /** Copies {@code count} elements of {@code from} to this block, bit by bit. */
    public void copy(Block from, long fromIndex, long index, long count) {
        while (count > 0) {
            int source = (int) (fromIndex & WINDOW - 1);
            int target = (int) (index & WINDOW - 1);
            int some = (int) Math.min(count, WINDOW - Math.max(source, target));
            windows[(int) (index >>> WINDOW_BITS)].put(
                    target, from.windows[(int) (fromIndex >>> WINDOW_BITS)], source, some);
            fromIndex += some;
            index += some;
            count -= some;
        }
    }

    /** The first {@code count} elements as integers; labels never fill more than one window. */
    public IntBuffer ints(int count) {
        return new BytePointer(pointer)
                .capacity((long) count * Integer.BYTES)
                .asByteBuffer()
                .asIntBuffer();
    }

    /** Gives the memory back to the system. */
    void free() {
        buffer.close();
    }
}
