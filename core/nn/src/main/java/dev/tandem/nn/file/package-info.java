/** What several kinds of files are made of: messages of protocol buffers, and numbers in little-endian order. */
@NullMarked
package dev.tandem.nn.file;

import org.jspecify.annotations.NullMarked;
