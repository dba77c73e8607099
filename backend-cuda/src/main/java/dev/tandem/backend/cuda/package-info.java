/** The CUDA backend: so far it only finds out whether an NVIDIA driver is there. */
package dev.tandem.backend.cuda;
