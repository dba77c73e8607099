/** The trainer with its state, callbacks and records, the model that it trains, and evaluation. */
package dev.tandem.nn.train;
