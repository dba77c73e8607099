/** The wire format of protocol buffers, read from a file without its large fields being held in memory. */
@NullMarked
package dev.tandem.weights.protobuf;

import org.jspecify.annotations.NullMarked;
