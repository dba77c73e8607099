package dev.tandem.weights.export.source;

import dev.tandem.spi.Shape;
import java.util.function.Supplier;

/**
 * A tensor that is written. Its elements are read when it is, so that one at a time is in host memory.
 *
 * @param name its name in the file
 * @param shape its shape
 * @param elements in single precision, row-major
 */
public record ExportedTensor(String name, Shape shape, Supplier<float[]> elements) {}
