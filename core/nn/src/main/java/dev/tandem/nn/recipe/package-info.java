/** All settings behind a result in one object, and how recipes are found by name in the jars on the class path. */
package dev.tandem.nn.recipe;
