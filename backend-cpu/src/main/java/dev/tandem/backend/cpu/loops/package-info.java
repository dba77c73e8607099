/**
 * Loops over native memory in plain Java, and ND4J's matrix product: what several families are made of without oneDNN.
 * Uses {@code device} only.
 */
package dev.tandem.backend.cpu.loops;
