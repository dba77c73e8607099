/**
 * Allocation, copies between host and device, between devices, and of ranges. A family: it uses the workbench, the
 * layouts and the loops, but no other family.
 */
package dev.tandem.backend.cpu.memory;
