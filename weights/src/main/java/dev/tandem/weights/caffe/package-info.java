/** Caffe's files: nets with their weights, of both generations, and mean images. */
@NullMarked
package dev.tandem.weights.caffe;

import org.jspecify.annotations.NullMarked;
