/**
 * Settings from the command line, files, a recipe and {@code reference.conf}, typed and checked before anything
 * starts.
 */
@NullMarked
package dev.tandem.runtime.config;

import org.jspecify.annotations.NullMarked;
