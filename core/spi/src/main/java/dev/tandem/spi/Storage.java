package dev.tandem.spi;

/**
 * The memory of a tensor. Only the backend that owns it may use its contents: the layout may differ from the row-major
 * order of host reads and writes.
 */
public interface Storage {}
