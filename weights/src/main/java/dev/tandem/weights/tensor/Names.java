package dev.tandem.weights.tensor;

import dev.tandem.imagenet.layout.EscapedText;
import java.nio.file.Path;

/** Names from files, in messages. */
public final class Names {
    private static final int MOST = 200;

    private Names() {}

    /** A name as people may see it: escaped, and cut if it is long. */
    public static String visible(String name) {
        return EscapedText.visible(name.length() <= MOST ? name : name.substring(0, MOST) + "...");
    }

    /** The name of a file as Python writes a string, for advice. */
    public static String inPython(Path file) {
        return "'" + EscapedText.write(file.getFileName().toString()).replace("'", "\\'") + "'";
    }
}
