/**
 * The CPU backend, found by its {@link dev.tandem.backend.cpu.CpuBackendProvider provider}. Each family of operations
 * has a package with one entry ({@code Cpu*}), which queues its kernels on the device's
 * {@link dev.tandem.backend.cpu.workbench.Workbench workbench}. There oneDNN ({@code OneDnn*}) computes them if it has
 * optimized code; otherwise ND4J and plain Java ({@code Plain*}) do. Between kernels, maps and weights keep the
 * {@link dev.tandem.backend.cpu.onednn.Layout layouts} that are fast for oneDNN; reading from the host gives row-major
 * order.
 *
 * <p>Only the provider is for use outside of this module. Java has no access between public and one package, so types
 * in the packages below are public; ArchUnit rules keep others from using them.
 */
package dev.tandem.backend.cpu;
