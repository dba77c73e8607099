package dev.tandem.imagenet.layout.archive;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The hierarchy of one year, and the labels of its classes: the index of each among the sorted wnids. */
public final class Synsets {
    private final List<Synset> all;
    private final List<Synset> classes;
    private final Map<Integer, Synset> byId = new HashMap<>();
    private final Map<String, Integer> labels = new HashMap<>();

    /**
     * A hierarchy.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) when ids or wnids repeat, or a child is missing
     */
    public Synsets(List<Synset> all) {
        this.all = List.copyOf(all);
        this.classes = all.stream()
                .filter(Synset::isLeaf)
                .sorted(Comparator.comparing(Synset::wnid))
                .toList();
        for (Synset synset : all) {
            if (byId.put(synset.id(), synset) != null) {
                throw invalid("two synsets have one id", synset.id());
            }
        }
        for (Synset synset : all) {
            for (int child : synset.children()) {
                if (!byId.containsKey(child)) {
                    throw invalid("a child of " + synset.wnid() + " is missing", child);
                }
            }
        }
        for (int label = 0; label < classes.size(); label++) {
            if (labels.put(classes.get(label).wnid(), label) != null) {
                throw invalid("two classes have one wnid", classes.get(label).wnid());
            }
        }
    }

    /** All nodes, in the file's order. */
    public List<Synset> all() {
        return all;
    }

    /** The classes in the order of their labels, that is of their wnids. */
    public List<Synset> classes() {
        return classes;
    }

    /** The node of an ILSVRC id. */
    public Optional<Synset> byId(int id) {
        return Optional.ofNullable(byId.get(id));
    }

    /** The label of a class. */
    public Optional<Integer> label(String wnid) {
        return Optional.ofNullable(labels.get(wnid));
    }

    /** The label of the class that has an ILSVRC id, as ground truth states it. */
    public Optional<Integer> labelOfId(int id) {
        return byId(id).flatMap(synset -> label(synset.wnid()));
    }

    /** The direct parents of a node; ImageNet has nodes with several. */
    public List<Synset> parents(Synset synset) {
        return all.stream()
                .filter(node -> node.children().contains(synset.id()))
                .toList();
    }

    private static TandemException invalid(String wrong, Object got) {
        return TandemException.of(
                ErrorCode.INVALID_DATA,
                "meta.mat",
                wrong,
                got,
                "a hierarchy of distinct synsets",
                "Use the official development kit");
    }
}
