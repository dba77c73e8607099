/** How gradients change parameters: momentum SGD, Adam, and the interface of others. */
package dev.tandem.nn.optimizer;
