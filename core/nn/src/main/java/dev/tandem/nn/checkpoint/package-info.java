/** Safetensors files, and the checkpoints of a training run in them. */
@NullMarked
package dev.tandem.nn.checkpoint;

import org.jspecify.annotations.NullMarked;
