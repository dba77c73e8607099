/** Safetensors files, and the checkpoints of a training run in them. */
package dev.tandem.nn.checkpoint;
