/** Convolution and its gradients. A family: it uses the workbench, oneDNN and the loops, but no other family. */
package dev.tandem.backend.cpu.convolution;
