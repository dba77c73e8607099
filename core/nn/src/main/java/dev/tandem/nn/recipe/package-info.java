/** All settings behind a result in one object, and how recipes are found by name in the jars on the class path. */
@NullMarked
package dev.tandem.nn.recipe;

import org.jspecify.annotations.NullMarked;
