/** ONNX: the network as a graph, with its weights. */
@NullMarked
package dev.tandem.weights.export.onnx;

import org.jspecify.annotations.NullMarked;
