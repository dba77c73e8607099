package dev.tandem.web.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What pages load: little, and nothing from elsewhere. */
class PageFilesTest {
    private static final int MOST_BYTES = 300_000;
    private static final Pattern ELSEWHERE = Pattern.compile("(src|href)=\"(?!/|#)|https?://(?!www\\.w3\\.org/)");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "index.html",
                "run.html",
                "compare.html",
                "network.html",
                "devices.html",
                "classify.html",
                "docs.html"
            })
    void aPageLoadsLittleAndAllOfItFromHere(String page) {
        Set<String> loaded = Pages.loadedBy(page);
        assertThat(loaded).contains("style.css", "charts/dom.js");
        int bytes = Pages.read(page).length
                + loaded.stream().mapToInt(file -> Pages.read(file).length).sum();
        assertThat(bytes).as("bytes of %s with %s", page, loaded).isLessThanOrEqualTo(MOST_BYTES);
        loaded.add(page);
        assertThat(loaded)
                .filteredOn(file -> !file.startsWith("uplot/"))
                .allSatisfy(
                        file -> assertThat(new String(Pages.read(file), UTF_8)).doesNotContainPattern(ELSEWHERE));
    }
}
