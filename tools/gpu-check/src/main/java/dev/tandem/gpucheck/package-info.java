/** What {@code tools/gpu-check} runs on a machine with a GPU: sections of measurements, in one process. */
package dev.tandem.gpucheck;
