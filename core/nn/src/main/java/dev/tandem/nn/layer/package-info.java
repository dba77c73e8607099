/** Layers: immutable descriptions of a network's parts, which create no memory until they are placed on a device. */
@NullMarked
package dev.tandem.nn.layer;

import org.jspecify.annotations.NullMarked;
