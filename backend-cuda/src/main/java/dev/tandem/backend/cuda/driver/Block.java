package dev.tandem.backend.cuda.driver;

/** A block of device memory. Only the {@link Arena} uses more than the address and the size. */
public final class Block {
    final long address;
    long bytes;

    /** The neighbouring blocks in the same allocation; null at its ends. */
    Block before;

    Block after;

    /** How many storages hold it; 0 while it is free. */
    int holders;

    Block(long address, long bytes) {
        this.address = address;
        this.bytes = bytes;
    }

    /** Where it begins in device memory. */
    public long address() {
        return address;
    }

    /** Its size, which may be more than was asked for. */
    public long bytes() {
        return bytes;
    }
}
