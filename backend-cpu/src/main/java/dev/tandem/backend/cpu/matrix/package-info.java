/**
 * Matrix products and fully-connected layers. A family: it uses the workbench, oneDNN and the loops, but no other
 * family.
 */
package dev.tandem.backend.cpu.matrix;
