/** A training run: its folder, its log, its data and recipe, and how it is resumed. */
package dev.tandem.cli.run;
