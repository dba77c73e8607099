package dev.tandem.weights.tensor;

import dev.tandem.imagenet.layout.EscapedText;

/** Names from files in messages. */
public final class Names {
    private static final int MOST = 200;

    private Names() {}

    /** A name as people may see it: escaped, and cut if it is long. */
    public static String visible(String name) {
        return EscapedText.visible(name.length() <= MOST ? name : name.substring(0, MOST) + "...");
    }
}
