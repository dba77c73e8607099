/** Safetensors files that other programs wrote. */
@NullMarked
package dev.tandem.weights.safetensors;

import org.jspecify.annotations.NullMarked;
