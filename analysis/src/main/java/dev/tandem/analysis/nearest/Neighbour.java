package dev.tandem.analysis.nearest;

/**
 * An image of a gallery and how far it is.
 *
 * @param file its path in the gallery's folder
 * @param distance the Euclidean distance of its features
 */
public record Neighbour(String file, double distance) {}
