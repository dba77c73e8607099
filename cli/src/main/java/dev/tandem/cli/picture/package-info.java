/**
 * Drawings for people: curves, confusions and placements. They are made of numbers and names and do not depend on
 * runs.
 */
package dev.tandem.cli.picture;
