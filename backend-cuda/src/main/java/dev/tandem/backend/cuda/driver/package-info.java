/**
 * The CUDA driver: loading it, its devices, one device's thread, stream, memory and transfers, and the PTX that it
 * compiles. Nothing here depends on tensors' operations.
 */
package dev.tandem.backend.cuda.driver;
