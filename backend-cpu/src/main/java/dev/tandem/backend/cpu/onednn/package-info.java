/**
 * oneDNN as Java sees it: the engine, compiled primitives, and the layouts of memory. Uses {@code device} only; what
 * the primitives compute is left to the families.
 */
package dev.tandem.backend.cpu.onednn;
