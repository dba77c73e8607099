/** One small program per use of the library. */
package dev.tandem.examples;
