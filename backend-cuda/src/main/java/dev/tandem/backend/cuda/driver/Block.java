package dev.tandem.backend.cuda.driver;

/** A piece of device memory. Everything but the address and the size belongs to the {@link Arena}. */
public final class Block {
    public final long address;
    public long bytes;

    /** The pieces before and after in the same allocation; null at its ends. */
    Block before;

    Block after;

    /** How many storages hold it; 0 while it is free. */
    int holders;

    Block(long address, long bytes) {
        this.address = address;
        this.bytes = bytes;
    }
}
