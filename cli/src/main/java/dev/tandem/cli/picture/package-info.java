/** Drawings for people: curves, confusions and placements. They know numbers and names, not runs. */
package dev.tandem.cli.picture;
