/**
 * An opened GPU: its kernels and their launches, copies from other GPUs, the storage of its tensors, and cuBLAS and
 * cuDNN on it.
 */
package dev.tandem.backend.cuda.gpu;
