package dev.tandem.imagenet.layout.cifar;

import dev.tandem.imagenet.layout.EscapedText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/** The names of the classes, in the order of their labels. */
final class ClassNames {
    private static final long MAXIMUM_BYTES = 1 << 16;
    private static final int LONGEST = 64;

    private ClassNames() {}

    /** Reads the file with the names. */
    static List<String> read(Path file, Version version) {
        if (!Files.isRegularFile(file)) {
            throw CifarFile.invalid(
                    file,
                    "the names of the classes are missing",
                    "no such file",
                    version.names + " beside the images",
                    "Put it there, from the same archive");
        }
        List<String> names = version.isPython() ? ofPickle(file, version) : ofText(file);
        if (names.size() != version.classes) {
            throw CifarFile.invalid(file, "another number of classes", names.size(), version.classes);
        }
        for (String name : names) {
            if (name.isBlank() || name.length() > LONGEST || !name.chars().allMatch(ClassNames::isUsual)) {
                throw CifarFile.invalid(
                        file, "a class has an impossible name", EscapedText.visible(name), "letters and underscores");
            }
        }
        if (new HashSet<>(names).size() < names.size()) {
            throw CifarFile.invalid(file, "two classes have one name", names, version.classes + " names");
        }
        return names;
    }

    private static boolean isUsual(int character) {
        return Character.isLetterOrDigit(character) || "_- ".indexOf(character) >= 0;
    }

    private static List<String> ofText(Path file) {
        try {
            if (Files.size(file) > MAXIMUM_BYTES) {
                throw CifarFile.invalid(file, "it is too long", Files.size(file) + " bytes", MAXIMUM_BYTES + " bytes");
            }
            String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
            return text.stripTrailing().lines().map(String::strip).toList();
        } catch (IOException e) {
            throw CifarFile.unreadable(file, e);
        }
    }

    private static List<String> ofPickle(Path file, Version version) {
        String key = version == Version.CIFAR_100_PYTHON ? "fine_label_names" : "label_names";
        List<String> names = new ArrayList<>();
        if (Pickle.read(file).get(key) instanceof List<?> found) {
            found.forEach(name -> names.add(name instanceof String text ? text : ""));
        }
        return names;
    }
}
