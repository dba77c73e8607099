package dev.tandem.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.tandem.web.RunsInBrowser.button;
import static dev.tandem.web.RunsInBrowser.row;
import static dev.tandem.web.RunsInBrowser.view;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.tandem.nn.data.FolderLock;
import dev.tandem.run.RunFolder;
import dev.tandem.testkit.TestRunFolders;
import dev.tandem.web.view.ViewServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pages that are open while a run trains, its rate is changed, and the server ends. */
class LivePagesTest {
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
    void theConsoleIsClean() {
        browser.chromium().requireCleanConsole();
    }

    @Test
    void aRunGrowsWhileItTrains() throws IOException {
        Path run = browser.runs().resolve("training");
        try (FolderLock lock = RunFolder.existing(run).lock();
                Page list = browser.page("/");
                Page page = browser.page("/run?run=training")) {
            assertThat(page.locator("#state")).hasText("running");
            assertThat(row(list, "training")).containsText("running");
            Locator numbers = page.locator("#curves .lines").first().getByText("Numbers");
            numbers.click();
            for (int epoch = 4; epoch <= 7; epoch++) {
                TestRunFolders.log(run, epoch, epoch);
                assertThat(page.locator("#curves .lines").first().locator("tbody tr"))
                        .hasCount(epoch);
                assertThat(page.locator("#done")).containsText("Epoch " + (epoch + 1) + " of 20");
                assertThat(row(list, "training").locator(".c-epoch")).containsText(epoch + "");
            }
            assertThat(page.locator("#news")).containsText("Epoch 7");
            changeRate(page, run);
        }
    }

    private static void changeRate(Page page, Path run) throws IOException {
        Locator rate = page.getByLabel("Change the learning rate to");
        rate.fill("fast");
        rate.press("Enter");
        assertThat(page.locator("#rate-hint")).containsText("above 0");
        rate.fill("0.005");
        rate.press("Enter");
        Locator dialog = page.getByRole(AriaRole.DIALOG);
        assertThat(dialog).containsText("From 0.01 to 0.005.");
        page.keyboard().press("Escape");
        assertThat(dialog).isHidden();
        assertThat(rate).isFocused();
        assertThat(run.resolve("requested-rate.txt")).doesNotExist();
        rate.press("Enter");
        assertThat(button(page, "Keep 0.01")).isFocused();
        page.keyboard().press("Tab");
        assertThat(button(page, "Change to 0.005")).isFocused();
        page.keyboard().press("Enter");
        assertThat(page.locator("#rate-answer")).containsText("Asked for a learning rate of 0.005");
        assertThat(run.resolve("requested-rate.txt")).hasContent("0.005");
        Files.writeString(
                run.resolve("events.jsonl"),
                "{\"step\":170,\"setting\":\"rate\",\"from\":\"0.01\",\"to\":\"0.005\"}\n",
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
        assertThat(page.locator("#rate-answer")).containsText("from 0.01 to 0.005");
        assertThat(page.locator("#events")).containsText("170");
    }

    @Test
    void withoutTheTokenNothingIsChanged() {
        Path run = browser.runs().resolve("training");
        try (FolderLock lock = RunFolder.existing(run).lock();
                Page page = browser.page("/run?run=training")) {
            page.context().clearCookies();
            page.reload();
            assertThat(page.locator("#rate-hint")).containsText("needs the token");
            page.getByLabel("Change the learning rate to").fill("0.1");
            page.keyboard().press("Enter");
            button(page, "Change to 0.1").click();
            assertThat(page.locator("#rate-answer")).containsText("This needs the token");
            assertThat(run.resolve("requested-rate.txt")).doesNotExist();
            page.navigate(browser.server().addressWithToken());
        }
        browser.chromium().forgetComplaints("401");
    }

    @Test
    void aServerThatIsStartedAgainIsFound() {
        ViewServer first = view(browser.runs(), 0);
        int port = URI.create(first.address()).getPort();
        try (Page page = browser.chromium().page(first.address())) {
            assertThat(page.locator("#connection")).hasText("live");
            first.close();
            assertThat(page.locator("#connection")).hasText(Pattern.compile("reconnecting|not connected"));
            assertThat(row(page, "tiny")).isVisible();
            try (ViewServer second = view(browser.runs(), port)) {
                assertThat(page.locator("#connection")).hasText("live");
                assertThat(page.locator("#notice")).isEmpty();
            }
        }
        browser.chromium().forgetDisconnections();
    }
}
