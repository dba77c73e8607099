/** Caffe: the weights as a caffemodel, the network as a deploy prototxt, the mean as a binaryproto. */
@NullMarked
package dev.tandem.weights.export.caffe;

import org.jspecify.annotations.NullMarked;
