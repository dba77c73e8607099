package dev.tandem.nn.layer;

import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * Names of layers: {@code *} stands for any characters. A pattern that matches a name also matches the layers inside
 * of that one: {@code block1} matches {@code block1.conv1}.
 *
 * @param text the pattern, such as {@code conv*}
 */
public record LayerPattern(String text) {
    public LayerPattern {
        LayerArguments.requirePresent("layer pattern", "text", text);
    }

    /** Whether {@code layer}, or a layer that it is in, has such a name. */
    public boolean matches(String layer) {
        String regex = String.join(
                ".*", Arrays.stream(text.split("\\*+", -1)).map(Pattern::quote).toList());
        return layer.matches(regex + "(\\..*)?");
    }

    @Override
    public String toString() {
        return text;
    }
}
