/** Layers: immutable descriptions of a network's parts, which create no memory until they are placed on a device. */
package dev.tandem.nn.layer;
