/** Runs as pages that grow while they train. */
@NullMarked
package dev.tandem.web.view;

import org.jspecify.annotations.NullMarked;
