/** The Guice modules of AlexNet's recipes and of folders of photographs. */
package dev.tandem.examples.wiring;
