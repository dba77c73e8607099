package dev.tandem.imagenet.layout;

import dev.tandem.imagenet.layout.archive.TarListing;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.RandomAccessInput;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A folder of classes, {@code CLASS/FILE} or {@code CLASS.tar}. The images of a class are the files in its folder and
 * in all folders below; links are followed, but not back to a folder already listed. What is left out is counted.
 */
final class ClassTree {
    static final String OPERATION = "data folder";

    private static final String TAR = ".tar";

    private final Path folder;
    private final Path root;
    private final String prefix;
    private final Findings findings;

    /**
     * @param folder the folder of classes
     * @param root what the names of images are relative to: the folder, or the one that holds it
     */
    ClassTree(Path folder, Path root, Findings findings) {
        this.folder = folder;
        this.root = root;
        this.prefix = folder.equals(root) ? "" : folder.getFileName() + "/";
        this.findings = findings;
    }

    Path folder() {
        return folder;
    }

    /** Its name in messages: {@code train}, or the path of a folder whose names are relative to itself. */
    String name() {
        return prefix.isEmpty() ? folder.toString() : prefix.substring(0, prefix.length() - 1);
    }

    /** The sorted names of the class folders, and of the tars that stand for one; nothing is counted. */
    List<String> classes() {
        SortedSet<String> found = new TreeSet<>();
        for (Path entry : entries(folder)) {
            String name = entry.getFileName().toString();
            if (name.startsWith(".") || Debris.isFolder(name)) {
                continue;
            }
            boolean tar = name.endsWith(TAR) && Files.isRegularFile(entry);
            if (!tar && !Files.isDirectory(entry)) {
                continue;
            }
            if (!Names.isExact(folder, entry)) {
                throw TandemException.of(
                        ErrorCode.INVALID_DATA,
                        OPERATION,
                        "a class folder of " + folder + " cannot be opened: " + Names.inexactReason(),
                        EscapedText.visible(name),
                        "a name in UTF-8",
                        "Its images would be left out otherwise");
            }
            if (!found.add(tar ? name.substring(0, name.length() - TAR.length()) : name)) {
                throw invalid(
                        "a class of " + folder + " is both a folder and a tar", name, "one of them", "Remove one");
            }
        }
        return List.copyOf(found);
    }

    /** Counts what lies beside the class folders. */
    void countLoose() {
        for (Path entry : entries(folder)) {
            String name = entry.getFileName().toString();
            String place = prefix + EscapedText.visible(name);
            if (name.startsWith(".tandem-") || name.equals(ClassFolders.SYNSET_WORDS)) {
                continue; // files that Tandem reads or keeps here
            }
            if (Files.isDirectory(entry)) {
                if (name.startsWith(".") || Debris.isFolder(name)) {
                    findings.count(Findings.Kind.HIDDEN, place, EscapedText.visible(name));
                }
            } else if (!countOther(entry, name, place) && !name.endsWith(TAR)) {
                if (Debris.isNamed(name) && !Debris.isImage(entry)) {
                    findings.count(Findings.Kind.NO_IMAGE, place, Debris.sort(name));
                } else {
                    findings.count(Findings.Kind.LOOSE, place);
                }
            }
        }
    }

    /** Counts what is neither a folder nor a file to look into; false if it is a file. */
    private boolean countOther(Path entry, String name, String place) {
        if (Files.isSymbolicLink(entry) && !Files.exists(entry)) {
            findings.count(Findings.Kind.DANGLING, place);
        } else if (!Files.isRegularFile(entry)) {
            findings.count(Findings.Kind.SPECIAL, place);
        } else if (name.startsWith(".")) {
            findings.count(Findings.Kind.HIDDEN, place, name.startsWith("._") ? "._*" : EscapedText.visible(name));
        } else {
            return false;
        }
        return true;
    }

    /** Names that differ in case or in how accents are encoded only, which some file systems take for one. */
    void noteTwins(List<String> classes) {
        Map<String, List<String>> byName = new TreeMap<>();
        classes.forEach(name -> byName.computeIfAbsent(Names.folded(name), key -> new ArrayList<>())
                .add(EscapedText.visible(name)));
        byName.values().stream()
                .filter(same -> same.size() > 1)
                .forEach(same -> findings.note(name() + ": the classes " + String.join(" and ", same)
                        + " differ in case only and are taken for different ones"));
    }

    /**
     * The images of a set.
     *
     * @param folders names of class folders, of which none may be without images
     * @param labels the label of each
     */
    ImageFiles list(Split split, List<String> folders, int[] labels) {
        ImageFiles.Builder files = new ImageFiles.Builder(root).prefix(prefix);
        for (int i = 0; i < folders.size(); i++) {
            String name = folders.get(i);
            Path path = folder.resolve(name);
            int before = files.size();
            int badNames = findings.badNames(split).size();
            if (Files.isDirectory(path)) {
                new ClassWalk(split, labels[i], files).walk(path, prefix + name);
            } else {
                path = folder.resolve(name + TAR);
                listTar(path, prefix + name, labels[i], files);
            }
            if (files.size() == before) {
                int lost = findings.badNames(split).size() - badNames;
                throw invalid(
                        "class " + EscapedText.visible(name) + " of " + name() + " is empty",
                        lost > 0
                                ? "only files in " + path + " that cannot be opened by their names"
                                : "no images in " + path + " or in a folder below",
                        "one image or more",
                        lost > 0 ? "Rename its files in UTF-8" : "Add images, or remove the folder");
            }
        }
        return files.build();
    }

    /**
     * Adds all images of the folder and of all folders below, without labels.
     *
     * @param name what their names begin with
     * @param split the set under which files that cannot be opened by their names are found
     */
    void listAll(String name, Split split, ImageFiles.Builder files) {
        new ClassWalk(split, 0, files).walk(folder, name);
    }

    /** Lists the folders of one class. */
    private final class ClassWalk {
        private final Split split;
        private final int label;
        private final ImageFiles.Builder files;
        private final Set<Path> listed = new HashSet<>();

        ClassWalk(Split split, int label, ImageFiles.Builder files) {
            this.split = split;
            this.label = label;
            this.files = files;
        }

        void walk(Path directory, String name) {
            listed.add(real(directory));
            for (Path entry : entries(directory)) {
                String own = entry.getFileName().toString();
                String place = name + "/" + own;
                String shown = EscapedText.visible(place);
                if (Files.isDirectory(entry)) {
                    enter(directory, entry, own, place, shown);
                } else if (!countOther(entry, own, shown)) {
                    if (!Names.isExact(directory, entry)) {
                        findings.badName(split, shown);
                    } else if (Debris.isNamed(own) && !Debris.isImage(entry)) {
                        findings.count(Findings.Kind.NO_IMAGE, shown, Debris.sort(own));
                    } else {
                        files.add(place, label);
                    }
                }
            }
        }

        private void enter(Path directory, Path entry, String own, String place, String shown) {
            if (own.startsWith(".") || Debris.isFolder(own)) {
                findings.count(Findings.Kind.HIDDEN, shown, EscapedText.visible(own));
                return;
            }
            if (!Names.isExact(directory, entry)) {
                findings.badName(split, shown);
                return;
            }
            Path target = real(entry);
            boolean leadsBack = listed.contains(target) || real(directory).startsWith(target);
            if (leadsBack) {
                findings.count(Findings.Kind.LOOP, shown);
            } else {
                walk(entry, place);
            }
        }
    }

    private void listTar(Path tar, String name, int label, ImageFiles.Builder files) {
        int container = files.container(tar);
        TarListing.list(tar, (entry, offset, length) -> {
            String own = TarListing.baseName(entry);
            String shown = EscapedText.visible(name + TAR + "/" + entry);
            if (Debris.isWithin(entry)) {
                findings.count(Findings.Kind.HIDDEN, shown);
            } else if (Debris.isNamed(own) && !Debris.isImage(head(tar, offset, length))) {
                findings.count(Findings.Kind.NO_IMAGE, shown, Debris.sort(own));
            } else {
                files.add(name + "/" + entry, label, container, offset, length);
            }
        });
    }

    private static byte[] head(Path tar, long offset, long length) {
        byte[] head = new byte[(int) Math.min(Debris.HEAD, length)];
        try (RandomAccessInput in = RandomAccessInput.open(tar)) {
            in.readFully(ByteBuffer.wrap(head), offset);
            return head;
        } catch (IOException e) {
            throw cannotBeRead(tar, e);
        }
    }

    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            throw cannotBeRead(path, e);
        }
    }

    /** The entries of a folder by name. */
    static List<Path> entries(Path directory) {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            entries.forEach(found::add);
        } catch (IOException e) {
            throw cannotBeRead(directory, e);
        } catch (DirectoryIteratorException e) {
            throw cannotBeRead(directory, e.getCause());
        }
        found.sort(Comparator.comparing((Path entry) -> entry.getFileName().toString()));
        return found;
    }

    private static TandemException cannotBeRead(Path path, IOException e) {
        return TandemException.failure(
                ErrorCode.INVALID_DATA,
                OPERATION,
                path + " cannot be read: " + e,
                "Allow this user to read it, or remove it from the data",
                e);
    }

    static TandemException invalid(String wrong, Object got, Object expected, String advice) {
        return TandemException.of(ErrorCode.INVALID_DATA, OPERATION, wrong, got, expected, advice);
    }
}
