package dev.tandem.imagenet.layout;

/**
 * Text from outside, such as the name of a file, on one line: control characters, line breaks, characters that reorder
 * what follows and halves of surrogate pairs are written as {@code \n}, {@code \r}, {@code \t} or {@code \}{@code
 * u001b}.
 */
public final class EscapedText {
    private static final String NAMED = "\n\r\t";
    private static final String LETTERS = "nrt";
    private static final int HEXADECIMAL_DIGITS = 4;

    private EscapedText() {}

    /** {@code text} as a line of a file from which {@link #read} restores it; backslashes are doubled. */
    public static String write(String text) {
        return escaped(text, true);
    }

    /** {@code text} as people may see it; backslashes stay as they are. */
    public static String visible(String text) {
        return escaped(text, false);
    }

    private static String escaped(String text, boolean backslashes) {
        StringBuilder line = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            if (c == '\\' && backslashes) {
                line.append("\\\\");
            } else if (isPlain(c)) {
                line.appendCodePoint(c);
            } else {
                int named = NAMED.indexOf(c);
                line.append(named < 0 ? unicode((char) c) : "\\" + LETTERS.charAt(named));
            }
        });
        return line.toString();
    }

    /** The escape of a character by its number. */
    public static String unicode(char c) {
        return String.format("\\u%04x", (int) c);
    }

    /** All that is not plain lies in the first plane. */
    private static boolean isPlain(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.SURROGATE ->
                false;
            default -> !isDirection(c);
        };
    }

    /** The characters that turn the direction of writing, and so hide what a name is. */
    private static boolean isDirection(int c) {
        return c == 0x061c || c == 0x200e || c == 0x200f || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069;
    }

    /** The text that {@link #write} made a line of; what is no escape stands for itself. */
    public static String read(String line) {
        StringBuilder text = new StringBuilder(line.length());
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            char next = c == '\\' && i + 1 < line.length() ? line.charAt(i + 1) : 0;
            int letter = next == 0 ? -1 : LETTERS.indexOf(next);
            if (next == '\\') {
                text.append(next);
                i++;
            } else if (letter >= 0) {
                text.append(NAMED.charAt(letter));
                i++;
            } else if (next == 'u' && isHexadecimal(line, i + 2)) {
                text.append((char) Integer.parseInt(line, i + 2, i + 2 + HEXADECIMAL_DIGITS, 16));
                i += 1 + HEXADECIMAL_DIGITS;
            } else {
                text.append(c);
            }
        }
        return text.toString();
    }

    private static boolean isHexadecimal(String line, int start) {
        return line.length() >= start + HEXADECIMAL_DIGITS
                && line.chars().skip(start).limit(HEXADECIMAL_DIGITS).allMatch(c -> Character.digit(c, 16) >= 0);
    }
}
