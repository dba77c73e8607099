/** What training makes small, the targets it is measured by, and metrics that are only watched. */
package dev.tandem.nn.loss;
