package dev.tandem.imagenet.layout.archive;

import java.util.List;

/**
 * A node of ImageNet's hierarchy, as a development kit's {@code meta.mat} describes it.
 *
 * @param id ILSVRC2010_ID or ILSVRC2012_ID: 1 to 1000 for the classes. It is no label: labels are indices of sorted
 *     wnids
 * @param wnid WordNet's identifier, such as n01440764
 * @param words its synonyms, such as {@code tench, Tinca tinca}
 * @param gloss what it is
 * @param children the ids of its direct children; none for a class
 * @param height the longest path down to a leaf
 * @param trainingImages training images in the full set
 */
public record Synset(
        int id, String wnid, String words, String gloss, List<Integer> children, int height, int trainingImages) {
    public Synset {
        children = List.copyOf(children);
    }

    /** Whether it is one of the classes to tell apart. */
    public boolean isLeaf() {
        return children.isEmpty();
    }
}
