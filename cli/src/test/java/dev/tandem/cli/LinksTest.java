package dev.tandem.cli;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Each link of a page within the project leads to a file, and to a heading of it if it names one. */
class LinksTest {
    private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```.*?^```$|`[^`\n]+`");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ +(.*)$");

    private static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>();
        Files.walkFileTree(HOME, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                String name = folder.getFileName().toString();
                boolean isMade = name.equals("target") || name.startsWith(".") || folder.equals(HOME.resolve("runs"));
                return isMade ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (file.toString().endsWith(".md")) {
                    pages.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return pages;
    }

    /** The names by which GitHub and others link to the headings of a page. */
    private static Set<String> anchors(Path page) throws IOException {
        String text = Pattern.compile("(?ms)^```.*?^```$")
                .matcher(Files.readString(page))
                .replaceAll("");
        return HEADING.matcher(text)
                .results()
                .map(heading -> heading.group(1)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .strip()
                        .replace(' ', '-'))
                .collect(toSet());
    }

    @Test
    void eachLeadsSomewhere() throws IOException {
        List<String> astray = new ArrayList<>();
        int links = 0;
        for (Path page : pages()) {
            String text = BLOCK.matcher(Files.readString(page)).replaceAll("code");
            for (String link :
                    LINK.matcher(text).results().map(match -> match.group(1)).toList()) {
                if (link.matches("[a-z]+:.*")) {
                    continue;
                }
                links++;
                String[] parts = link.split("#", 2);
                Path target = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]);
                if (!Files.exists(target)
                        || parts.length > 1 && !anchors(target).contains(parts[1])) {
                    astray.add(HOME.relativize(page) + ": " + link);
                }
            }
        }
        assertThat(astray).isEmpty();
        assertThat(links).isGreaterThan(100);
    }

    @Test
    void theIndexOfTheGuidesHasAllPages() throws IOException {
        String index = Files.readString(HOME.resolve("docs/README.md"));
        try (var pages = Files.list(HOME.resolve("docs"))) {
            assertThat(pages.map(page -> page.getFileName().toString())
                            .filter(name -> name.endsWith(".md") && !name.equals("README.md")))
                    .allMatch(name -> index.contains("](" + name + ")"));
        }
    }
}
