package dev.tandem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The commands in the {@code sh} blocks of a page. */
final class GuideCommands {
    /** A word, which quotes may hold together. */
    private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

    private GuideCommands() {}

    /** The lines of all blocks in order, each without {@code ./tandem} and without a remark. */
    static List<String> of(Path page) throws IOException {
        List<String> commands = new ArrayList<>();
        Pattern.compile("(?s)```sh\n(.*?)```")
                .matcher(Files.readString(page))
                .results()
                .flatMap(block -> block.group(1).lines())
                .forEach(line -> {
                    assertThat(line).startsWith("./tandem ");
                    commands.add(line.substring("./tandem ".length()).replaceFirst("\\s+#.*", ""));
                });
        return commands;
    }

    static List<String> words(String line) {
        List<String> words = new ArrayList<>();
        for (MatchResult match : WORD.matcher(line).results().toList()) {
            words.add(match.group(1) != null ? match.group(1) : match.group(2));
        }
        return words;
    }

    /** Gives an option another value, or adds it. */
    static void set(List<String> words, String option, String value) {
        int at = words.indexOf(option);
        if (at >= 0) {
            words.set(at + 1, value);
        } else {
            words.addAll(List.of(option, value));
        }
    }
}
