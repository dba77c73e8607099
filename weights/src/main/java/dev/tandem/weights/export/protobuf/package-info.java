/** Messages of protocol buffers, written by the numbers of their fields. */
@NullMarked
package dev.tandem.weights.export.protobuf;

import org.jspecify.annotations.NullMarked;
