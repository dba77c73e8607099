package dev.tandem.spi;

/**
 * The memory behind a tensor: the owning backend's secret. Nobody else looks inside; the layout may differ from the
 * row-major order that host reads and writes use.
 */
public interface Storage {}
