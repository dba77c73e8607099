package dev.tandem.imagenet.layout;

import java.util.OptionalInt;

/**
 * A class of images; its label is its place in the list of classes.
 *
 * @param name a folder's name, or a wnid such as n01440764
 * @param words its common name, such as {@code tench, Tinca tinca}; the name itself if there is none
 * @param ilsvrcId ILSVRC2010_ID or ILSVRC2012_ID, 1 to 1000, which differs from the label
 */
public record ImageClass(String name, String words, OptionalInt ilsvrcId) {}
