/** What a report on runs holds: its numbers and pictures, and how they come about. */
@NullMarked
package dev.tandem.analysis.report;

import org.jspecify.annotations.NullMarked;
