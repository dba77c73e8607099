/**
 * The CPU backend. A call of a kernel ({@code Cpu*}) becomes work for its device's one {@link
 * dev.tandem.backend.cpu.device.ComputeThread compute thread}, where oneDNN ({@code OneDnn*}) does it, or ND4J and plain Java
 * ({@code Plain*}) where oneDNN is missing or has only reference code. Maps and weights keep the {@link
 * dev.tandem.backend.cpu.onednn.Layout layouts} that oneDNN likes from kernel to kernel; host reads and writes do not see them.
 */
package dev.tandem.backend.cpu;
