package dev.tandem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The commands in the {@code sh} blocks of a page. */
final class GuideCommands {
    /** A word, which quotes may hold together. */
    private static final Pattern WORD = Pattern.compile("'([^']*)'|\"([^\"]*)\"|(\\S+)");

    private GuideCommands() {}

    /** The lines of all blocks in order, without remarks. */
    static List<String> lines(Path page) throws IOException {
        return Pattern.compile("(?s)```sh\n(.*?)```")
                .matcher(Files.readString(page))
                .results()
                .flatMap(block -> block.group(1).lines())
                .map(line -> line.replaceFirst("\\s+#.*", ""))
                .toList();
    }

    /** The lines of a page that has commands of Tandem only, each without {@code ./tandem}. */
    static List<String> of(Path page) throws IOException {
        List<String> lines = lines(page);
        assertThat(lines).allMatch(line -> line.startsWith("./tandem "));
        return lines.stream().map(line -> line.substring("./tandem ".length())).toList();
    }

    static List<String> words(String line) {
        List<String> words = new ArrayList<>();
        for (MatchResult match : WORD.matcher(line).results().toList()) {
            words.add(Stream.of(1, 2, 3)
                    .map(match::group)
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElseThrow());
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
