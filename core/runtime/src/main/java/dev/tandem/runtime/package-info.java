/** The way in for a program: a configuration in, devices and a placement out. */
@NullMarked
package dev.tandem.runtime;

import org.jspecify.annotations.NullMarked;
