/** Images on their way to a device: what a data module provides and a recipe asks for. */
package dev.tandem.nn.data;
