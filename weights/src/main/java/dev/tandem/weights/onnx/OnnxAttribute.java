package dev.tandem.weights.onnx;

import java.util.List;

/**
 * A setting of a node; what a kind of attribute does not have is 0 or empty. Attributes that are tensors are among the
 * file's tensors, and those that are graphs are left out.
 *
 * @param integer of {@code group}, {@code transB} and the like
 * @param number of {@code alpha}, {@code beta} and the like
 * @param text of {@code auto_pad} and the like
 * @param integers of {@code kernel_shape}, {@code pads} and the like
 */
public record OnnxAttribute(long integer, float number, String text, List<Long> integers) {
    public OnnxAttribute {
        integers = List.copyOf(integers);
    }
}
