/** Batches of images in host memory: what a data module provides and a recipe determines. */
@NullMarked
package dev.tandem.nn.data;

import org.jspecify.annotations.NullMarked;
