/** What every page and answer goes through: the port, who may ask for what, bounds, errors. */
@NullMarked
package dev.tandem.web.server;

import org.jspecify.annotations.NullMarked;
