/** Where a model's tensors live. */
package dev.tandem.placement;
