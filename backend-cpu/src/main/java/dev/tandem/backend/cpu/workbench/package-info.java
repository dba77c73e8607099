/**
 * What all families share: the {@link dev.tandem.backend.cpu.workbench.Workbench}, and the memory of tensors in
 * whatever layout it has. Uses {@code device} and {@code onednn}.
 */
package dev.tandem.backend.cpu.workbench;
