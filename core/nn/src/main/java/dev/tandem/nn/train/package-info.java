/** The trainer with its state, callbacks and records, the model that it trains, and evaluation. */
@NullMarked
package dev.tandem.nn.train;

import org.jspecify.annotations.NullMarked;
