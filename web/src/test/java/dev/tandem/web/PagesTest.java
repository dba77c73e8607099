package dev.tandem.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.tandem.web.RunsInBrowser.HOSTILE;
import static dev.tandem.web.RunsInBrowser.button;
import static dev.tandem.web.RunsInBrowser.link;
import static dev.tandem.web.RunsInBrowser.row;
import static dev.tandem.web.RunsInBrowser.view;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import dev.tandem.testkit.TestPhotographs;
import dev.tandem.web.view.ViewServer;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The live pages in a browser, as a person uses them. */
class PagesTest {
    static final List<String> PAGES = List.of(
            "/",
            "/run?run=tiny",
            "/run?run=training",
            "/run?run=unreadable",
            "/compare?run=long&run=tiny",
            "/network?run=tiny",
            "/devices",
            "/classify?run=tiny");
    private static final int PHONE_WIDTH = 390;
    private static final int PHONE_HEIGHT = 844;

    @TempDir
    static Path folder;

    private static RunsInBrowser browser;

    @BeforeAll
    static void start() throws IOException {
        browser = new RunsInBrowser(folder);
    }

    @AfterAll
    static void stop() {
        if (browser != null) {
            browser.close();
        }
    }

    @AfterEach
    void theConsoleIsCleanAndNothingIsAskedElsewhere() {
        browser.chromium().requireCleanConsole();
        assertThat(browser.chromium().requested())
                .allMatch(address -> address.startsWith("http://127.0.0.1:") || address.startsWith("blob:"));
    }

    @Test
    void theListFiltersAndSorts() {
        try (Page page = browser.page("/")) {
            assertThat(row(page, "tiny")).containsText("finished");
            assertThat(row(page, "unreadable")).containsText("unreadable");
            assertThat(page.locator("#found")).containsText("6 runs");
            Locator filter = page.getByLabel("Filter");
            filter.fill("TI small");
            assertThat(page.locator("tbody tr:visible")).hasCount(1);
            assertThat(page.locator("#found")).containsText("1 of 6 runs: 1 finished");
            filter.fill("");
            button(page, "^Best error").click();
            Locator head = page.getByRole(AriaRole.COLUMNHEADER, new Page.GetByRoleOptions().setName("Best error"));
            assertThat(head).hasAttribute("aria-sort", "ascending");
            assertThat(page.locator("tbody tr").first()).containsText("long");
            button(page, "^Best error").click();
            assertThat(head).hasAttribute("aria-sort", "descending");
            assertThat(page).hasURL(Pattern.compile("sort=-best"));
            // What has no error is last, whichever way is sorted.
            assertThat(page.locator("tbody tr").last().locator(".c-best")).hasText("–");
        }
    }

    @Test
    void namesOfFilesStayText() {
        try (Page page = browser.page("/")) {
            link(page, HOSTILE).click();
            assertThat(page.getByRole(AriaRole.HEADING, new Page.GetByRoleOptions().setLevel(1)))
                    .hasText(HOSTILE);
            assertThat(page.locator("img[src=x]")).hasCount(0);
            assertThat(page).hasTitle(HOSTILE + " · Tandem");
            page.navigate(browser.server().address() + "run?run=long");
            assertThat(page.locator("#problem"))
                    .containsText(
                            "./tandem train --resume --run " + browser.runs().resolve("long"));
            page.navigate(browser.server().address() + "run?run=unreadable");
            assertThat(page.locator("#problem")).containsText("cannot be read");
            page.navigate(browser.server().address() + "run?run=diverged");
            assertThat(page.locator("#figures")).containsText("NaN");
        }
    }

    @Test
    void runsAreComparedByKeyboardAlone() {
        try (Page page = browser.page("/")) {
            assertThat(row(page, "long")).isVisible();
            tabTo(page, "Compare long");
            page.keyboard().press("Space");
            tabTo(page, "Compare tiny");
            page.keyboard().press("Space");
            assertThat(row(page, "tiny")).hasClass(Pattern.compile("is-chosen"));
            tabTo(page, "Compare 2 runs");
            page.keyboard().press("Enter");
            assertThat(page).hasURL(Pattern.compile("/compare\\?"));
            assertThat(page.locator("#figures tbody tr")).hasCount(2);
            assertThat(row(page, "long")).containsText("1.6 %");
            assertThat(page.locator("#settings")).containsText("tandem.train.epochs");
            assertThat(page.locator("#curves .lines")).hasCount(5);
            tabTo(page, "Add a run");
            page.keyboard().type("training");
            page.keyboard().press("Enter");
            assertThat(page.locator("#figures tbody tr")).hasCount(3);
            tabTo(page, "Remove long");
            page.keyboard().press("Enter");
            assertThat(page.locator("#figures tbody tr")).hasCount(2);
            assertThat(page).hasURL(Pattern.compile("run=tiny&run=training|run=training&run=tiny"));
        }
    }

    @Test
    void settingsOfTheSameValueDoNotDiffer() {
        try (Page page = browser.page("/compare?run=long&run=training")) {
            assertThat(page.locator("#settings tbody tr")).hasCount(1);
            assertThat(page.locator("#settings")).containsText("tandem.train.epochs");
        }
        try (Page page = browser.page("/run?run=long")) {
            page.locator("#all-settings").check();
            assertThat(page.locator("#settings")).containsText("tandem.train.tensorboardfalse");
            assertThat(page.locator("#settings")).containsText("[\"cuda\",\"cpu\"]");
        }
    }

    /** Presses Tab until what is called {@code name} has the focus, which has to be seen on the page. */
    private static void tabTo(Page page, String name) {
        Locator found = page.getByLabel(name, new Page.GetByLabelOptions().setExact(true))
                .or(page.getByRole(
                        AriaRole.BUTTON,
                        new Page.GetByRoleOptions().setName(name).setExact(true)))
                .first();
        for (int pressed = 0; pressed < 200; pressed++) {
            if ((Boolean) found.evaluate("node => node === document.activeElement")) {
                assertThat((Boolean) page.evaluate("() => document.activeElement.matches(':focus-visible')"))
                        .isTrue();
                return;
            }
            page.keyboard().press("Tab");
        }
        throw new AssertionError(name + " is not reached by the keyboard on " + page.url());
    }

    @Test
    void aPhotographIsNamed() throws IOException {
        try (Page page = browser.page("/classify?run=tiny")) {
            page.setInputFiles(
                    "#files", new Path[] {browser.photograph(), browser.runs().resolve("tiny/log.jsonl")});
            Locator named = page.locator(".photo").filter(new Locator.FilterOptions().setHasText("image0.png"));
            assertThat(named.locator(".guess")).hasCount(TestPhotographs.CLASSES.size());
            assertThat(named.locator(".guess").first()).containsText(Pattern.compile("(blue|green|red).*%"));
            Locator failed = page.locator(".photo").filter(new Locator.FilterOptions().setHasText("log.jsonl"));
            assertThat(failed.getByRole(AriaRole.ALERT)).isVisible();
            drop(page, browser.photograph());
            assertThat(page.locator(".photo")).hasCount(3);
            assertThat(page.locator("#news")).hasText("2 of 3 photographs named, 1 failed");
            HeadlessChromium.requireAccessible(page);
            button(page, "Clear").click();
            assertThat(page.locator(".photo")).hasCount(0);
        }
        browser.chromium().forgetComplaints("400|500");
    }

    private static void drop(Page page, Path file) throws IOException {
        String bytes = Base64.getEncoder().encodeToString(Files.readAllBytes(file));
        page.evaluate(
                "bytes => {"
                        + "const data = new DataTransfer();"
                        + "const file = Uint8Array.from(atob(bytes), c => c.charCodeAt(0));"
                        + "data.items.add(new File([file], 'dropped.png', { type: 'image/png' }));"
                        + "for (const type of ['dragenter', 'dragover', 'drop'])"
                        + "  document.getElementById('drop').dispatchEvent("
                        + "    new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));"
                        + "}",
                bytes);
    }

    @Test
    void theNetworkIsAPictureAndATable() {
        try (Page page = browser.page("/network?run=tiny")) {
            assertThat(page.getByRole(
                            AriaRole.IMG, new Page.GetByRoleOptions().setName(Pattern.compile("recipe small"))))
                    .isVisible();
            assertThat(page.locator(".net text").getByText("conv1").first()).isVisible();
            assertThat(page.locator("#table tbody tr").first()).containsText("conv1");
            assertThat(page.locator("#facts")).containsText("Parameters");
        }
    }

    @ParameterizedTest
    @FieldSource("PAGES")
    void everyPageIsAccessibleInLightAndDarkAndFitsAPhone(String path) {
        try (Page page = browser.page(path)) {
            assertThat(page.locator("main [hidden]#run, main [hidden]#network, main [hidden]#compared"))
                    .hasCount(path.contains("unreadable") ? 1 : 0);
            HeadlessChromium.requireAccessible(page);
            page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
            HeadlessChromium.requireContrast(page);
            page.setViewportSize(PHONE_WIDTH, PHONE_HEIGHT);
            page.waitForTimeout(100);
            assertThat((Integer) page.evaluate("() => document.documentElement.scrollWidth"))
                    .as("the width of %s on a phone", path)
                    .isLessThanOrEqualTo(PHONE_WIDTH);
        }
    }

    @Test
    void anEmptyFolderSaysWhatToDo() {
        try (ViewServer empty = view(folder.resolve("none"), 0);
                Page page = browser.chromium().page(empty.address())) {
            assertThat(page.locator("#empty")).containsText("./tandem train");
            assertThat(page.locator("#runs")).isHidden();
            HeadlessChromium.requireAccessible(page);
        }
    }

    @Test
    void whatIsNotThereIsSaid() {
        try (Page page = browser.page("/run?run=" + URLEncoder.encode("../../etc", StandardCharsets.UTF_8))) {
            assertThat(page.locator("#notice")).containsText("../../etc");
            assertThat(page.locator("#run")).isHidden();
        }
        browser.chromium().forgetComplaints("404");
    }
}
