/** A recipe in a jar of its own, found by its name: {@code --recipe resnet-20}. */
package dev.tandem.examples.resnet;
