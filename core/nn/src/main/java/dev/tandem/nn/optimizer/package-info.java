/** How gradients change parameters: momentum SGD, Adam, and the interface of others. */
@NullMarked
package dev.tandem.nn.optimizer;

import org.jspecify.annotations.NullMarked;
