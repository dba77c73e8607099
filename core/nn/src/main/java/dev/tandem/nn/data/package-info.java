/** Batches of images in host memory: what a data module provides and a recipe determines. */
package dev.tandem.nn.data;
