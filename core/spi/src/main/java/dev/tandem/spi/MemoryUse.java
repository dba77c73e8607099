package dev.tandem.spi;

/**
 * A device's memory, in bytes.
 *
 * @param used held by open tensors now
 * @param peak the most ever held by open tensors
 * @param reserved taken from the system, whether held by tensors or free for the next ones
 * @param available what the system still has; {@link Long#MAX_VALUE} when unknown
 */
public record MemoryUse(long used, long peak, long reserved, long available) {}
