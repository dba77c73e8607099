package dev.tandem.imagenet.layout;

import dev.tandem.spi.Nearest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A folder of classes whose labels are another set's: to validate or to test on. */
public final class LabelledFolder {
    private final ClassTree tree;
    private final Split split;
    private final Findings findings;

    LabelledFolder(ClassTree tree, Split split, Findings findings) {
        this.tree = tree;
        this.split = split;
        this.findings = findings;
    }

    /** A folder anywhere. */
    public static LabelledFolder at(Path folder, Split split, Findings findings) {
        Path absolute = folder.toAbsolutePath().normalize();
        if (!Files.isDirectory(absolute)) {
            throw ClassTree.invalid(
                    folder + " is no folder",
                    Files.exists(absolute) ? "a file" : "nothing",
                    "a folder with one folder per class",
                    "Name another with --val DIR");
        }
        Path root = absolute.getParent() == null ? absolute : absolute.getParent();
        return new LabelledFolder(new ClassTree(absolute, root, findings), split, findings);
    }

    /**
     * The images, labelled by their places in {@code classes}. A name that differs in case only from one class is that
     * class's.
     *
     * @param origin what has those classes, for people
     */
    public ImageFiles list(List<String> classes, String origin) {
        List<String> present = tree.classes();
        if (present.isEmpty()) {
            throw ClassTree.invalid(
                    tree.folder() + " has no class folders",
                    "none",
                    "one folder per class",
                    "Put each class's images in a folder of the class's name");
        }
        tree.countLoose();
        Map<String, List<String>> folded = new HashMap<>();
        classes.forEach(name -> folded.computeIfAbsent(Names.folded(name), key -> new ArrayList<>())
                .add(name));
        int[] labels = new int[present.size()];
        for (int i = 0; i < labels.length; i++) {
            String name = present.get(i);
            labels[i] = classes.indexOf(name);
            List<String> alike = folded.getOrDefault(Names.folded(name), List.of());
            if (labels[i] < 0 && alike.size() == 1 && !present.contains(alike.get(0))) {
                labels[i] = classes.indexOf(alike.get(0));
                findings.note(tree.name() + ": the folder " + EscapedText.visible(name) + " is taken for the class "
                        + EscapedText.visible(alike.get(0)));
            }
            if (labels[i] < 0) {
                String nearest = Nearest.to(name, classes);
                throw ClassTree.invalid(
                        "a class of " + tree.name() + " is unknown to " + origin,
                        EscapedText.visible(name),
                        "one of its " + classes.size() + " classes (the nearest is " + EscapedText.visible(nearest)
                                + ")",
                        "Rename or remove "
                                + EscapedText.visible(
                                        tree.folder().resolve(name).toString()));
            }
        }
        return tree.list(split, present, labels);
    }
}
