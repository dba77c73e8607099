/**
 * Functions of single elements, and the small operations that are one pass over memory: reductions, random masks and
 * parameter updates. A family: it uses the workbench, oneDNN and the loops, but no other family.
 */
package dev.tandem.backend.cpu.elementwise;
