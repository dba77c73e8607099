package dev.tandem.web.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class AssetsTest {
    static final List<String> PAGES =
            List.of("index.html", "run.html", "compare.html", "network.html", "devices.html", "classify.html");

    private static final int MOST_PAGE_BYTES = 300_000;
    private static final Pattern ASSET = Pattern.compile("\"/assets/([^\"]+)\"");
    private static final Pattern IMPORT = Pattern.compile("from \"\\./([^\"]+)\"|from \"(\\.\\./[^\"]+)\"");
    private static final Pattern ELSEWHERE = Pattern.compile("(src|href)=\"(?!/|#)|https?://(?!www\\.w3\\.org/)");

    /** What a page loads: what it names, and what its scripts import. */
    private static Set<String> loadedBy(String page) {
        Set<String> loaded = new TreeSet<>();
        Deque<String> open = new ArrayDeque<>(
                ASSET.matcher(text(page)).results().map(found -> found.group(1)).toList());
        while (!open.isEmpty()) {
            String file = open.pop();
            if (loaded.add(file) && file.endsWith(".js")) {
                Path base = Path.of(file).resolveSibling("");
                IMPORT.matcher(text(file))
                        .results()
                        .map(found -> found.group(1) != null ? found.group(1) : found.group(2))
                        .map(name -> base.resolve(name).normalize().toString())
                        .forEach(open::push);
            }
        }
        return loaded;
    }

    private static String text(String file) {
        return new String(Pages.read(file), UTF_8);
    }

    @ParameterizedTest
    @FieldSource("PAGES")
    void aPageLoadsLittle(String page) {
        Set<String> loaded = loadedBy(page);
        int bytes = Pages.read(page).length
                + loaded.stream().mapToInt(file -> Pages.read(file).length).sum();
        assertThat(bytes).as("bytes of %s with %s", page, loaded).isLessThanOrEqualTo(MOST_PAGE_BYTES);
    }

    @Test
    void whatPagesLoadIsServedAndNothingElse() {
        assertThat(Assets.FILES)
                .containsExactlyInAnyOrderElementsOf(
                        PAGES.stream().flatMap(page -> loadedBy(page).stream()).collect(Collectors.toSet()));
    }

    @Test
    void nothingIsLoadedFromElsewhere() {
        assertThat(Stream.concat(PAGES.stream(), Assets.FILES.stream()))
                .filteredOn(file -> !file.startsWith("uplot/"))
                .allSatisfy(file -> assertThat(text(file)).doesNotContainPattern(ELSEWHERE));
    }
}
