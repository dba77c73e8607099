/** MATLAB's files of weights, as MatConvNet writes them. */
@NullMarked
package dev.tandem.weights.matlab;

import org.jspecify.annotations.NullMarked;
