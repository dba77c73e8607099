package dev.tandem.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Debian's Chromium, driven by Playwright. Tests that need it are skipped where there is none. What a page writes to
 * the console as a warning or an error is a failure: {@link #requireCleanConsole}.
 */
public final class HeadlessChromium implements AutoCloseable {
    private static final List<String> FLAGS = List.of(
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync");

    private final Playwright playwright;
    private final Browser browser;
    private final BrowserContext context;
    private final List<String> complaints = new ArrayList<>();
    private final List<String> requested = new ArrayList<>();

    private HeadlessChromium(Path program) {
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(program)
                        .setArgs(FLAGS));
        context = browser.newContext(new Browser.NewContextOptions().setLocale("en-GB"));
        context.onRequest(request -> requested.add(request.url()));
    }

    /** Starts it; skips the test if there is none. */
    public static HeadlessChromium open() {
        Optional<Path> program = Stream.of("/usr/bin/chromium", "/usr/bin/chromium-browser")
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst();
        assumeTrue(program.isPresent(), "pages are not tested: there is no chromium");
        return new HeadlessChromium(program.get());
    }

    /** A new page at {@code address}. */
    public Page page(String address) {
        Page page = context.newPage();
        page.onConsoleMessage(message -> {
            if (List.of("warning", "error").contains(message.type())) {
                complaints.add(message.type() + ": " + message.text());
            }
        });
        page.onPageError(error -> complaints.add("uncaught: " + error));
        page.navigate(address);
        return page;
    }

    /** Fails if a page has complained on its console. */
    public void requireCleanConsole() {
        assertThat(complaints).as("the console").isEmpty();
    }

    /** Forgets complaints of answers with a status that a test has provoked, such as {@code "404|409"}. */
    public void forgetComplaints(String statuses) {
        complaints.removeIf(text -> text.matches(".*the server responded with a status of (" + statuses + ") .*"));
    }

    /** Forgets complaints of a server that is not there, which a test has stopped. */
    public void forgetDisconnections() {
        complaints.removeIf(
                text -> text.matches(".*net::ERR_(CONNECTION_REFUSED|INCOMPLETE_CHUNKED_ENCODING|.*RESET).*"));
    }

    /** The addresses of all that pages have asked for. */
    public List<String> requested() {
        return requested;
    }

    /** Fails if axe-core finds something serious. */
    public static void requireAccessible(Page page) {
        requireNothingSerious(page, new AxeBuilder(page));
    }

    /** Fails if axe-core finds text that stands out too little. */
    public static void requireContrast(Page page) {
        requireNothingSerious(page, new AxeBuilder(page).withRules(List.of("color-contrast")));
    }

    private static void requireNothingSerious(Page page, AxeBuilder axe) {
        List<String> serious = axe.analyze().getViolations().stream()
                .filter(rule -> List.of("serious", "critical").contains(rule.getImpact()))
                .map(HeadlessChromium::said)
                .toList();
        assertThat(serious).as("what axe-core finds on %s", page.url()).isEmpty();
    }

    private static String said(Rule rule) {
        return rule.getId() + ": " + rule.getHelp() + " "
                + rule.getNodes().get(0).getHtml();
    }

    @Override
    public void close() {
        playwright.close();
    }
}
