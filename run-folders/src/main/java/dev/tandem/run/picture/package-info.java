/** The pictures of a run: its curves, the kernels of its first layer, what it confuses. */
package dev.tandem.run.picture;
