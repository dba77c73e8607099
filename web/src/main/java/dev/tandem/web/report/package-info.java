/** Runs as one HTML file that can be mailed. Uses no server. */
@NullMarked
package dev.tandem.web.report;

import org.jspecify.annotations.NullMarked;
