/** ONNX: tensors and the graph that uses them. */
@NullMarked
package dev.tandem.weights.onnx;

import org.jspecify.annotations.NullMarked;
