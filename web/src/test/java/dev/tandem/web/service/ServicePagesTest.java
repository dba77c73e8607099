package dev.tandem.web.service;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.FilePayload;
import dev.tandem.nn.data.Views;
import dev.tandem.runtime.Classifier;
import dev.tandem.runtime.ClassifierOptions;
import dev.tandem.web.HeadlessChromium;
import dev.tandem.web.server.WebOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pages of a net that is served, in a browser. */
class ServicePagesTest {
    private static final int PATIENCE_MILLIS = 20_000;

    @TempDir
    Path folder;

    @Test
    void photographsAreNamedAndTheDescriptionIsReadable() throws IOException {
        try (HeadlessChromium chromium = HeadlessChromium.open();
                TinyNet tiny = new TinyNet(folder);
                Classifier classifier = tiny.open(ClassifierOptions.defaults()).classifier();
                InferenceService service = InferenceService.start(
                        new WebOptions("127.0.0.1", 0, Optional.empty()),
                        new ServedNet(TinyNet.NAME, classifier, Views.CENTRE))) {
            PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLIS);
            Page page = chromium.page(service.server().address());
            assertThat(page.locator("#name")).hasText(TinyNet.NAME);
            assertThat(page.locator("#facts")).containsText("3 × 56 × 56");
            page.setInputFiles("#files", new FilePayload[] {
                new FilePayload("picture.png", "image/png", TinyNet.picture(1, "png")),
                new FilePayload("text.png", "image/png", "no image".getBytes(StandardCharsets.UTF_8))
            });
            Locator named = page.locator(".photo").filter(new Locator.FilterOptions().setHasText("picture.png"));
            assertThat(named.locator(".guess")).hasCount(5);
            page.getByLabel("Classes shown").selectOption("10");
            assertThat(named.locator(".guess")).hasCount(TinyNet.CLASSES.size());
            assertThat(named.locator(".guesses")).containsText("kit fox");
            assertThat(named.locator(".guesses")).containsText("<img src=x onerror=alert(1)>");
            Locator failed = page.locator(".photo").filter(new Locator.FilterOptions().setHasText("text.png"));
            assertThat(failed).containsText("It cannot be named");
            requireGood(page);
            page.getByText("For programs").click();
            assertThat(page.locator("#operations")).containsText("/classify");
            requireGood(page);
            chromium.forgetComplaints("400");
            chromium.requireCleanConsole();
        }
    }

    private static void requireGood(Page page) {
        HeadlessChromium.requireAccessible(page);
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
        HeadlessChromium.requireContrast(page);
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.LIGHT));
    }
}
