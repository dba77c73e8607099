/** Live pages on a folder of runs: their JSON, their streams of events, and what they may change. */
@NullMarked
package dev.tandem.web.view;

import org.jspecify.annotations.NullMarked;
