package dev.tandem.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import dev.tandem.run.TrainingRun;
import dev.tandem.runtime.Tandem;
import dev.tandem.runtime.config.ConfigSources;
import dev.tandem.testkit.TestPhotographs;
import dev.tandem.testkit.TestRunFolders;
import dev.tandem.web.server.WebOptions;
import dev.tandem.web.view.ViewServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** A folder of runs of many kinds, its live pages, and a browser that has the token. */
final class RunsInBrowser implements AutoCloseable {
    /** A run's name that would be markup. */
    static final String HOSTILE = "<img src=x onerror=alert(1)>";
    /** For a machine that does much else; a page takes a tenth of a second. */
    private static final int PATIENCE_MILLIS = 20_000;

    private final HeadlessChromium chromium;
    private final ViewServer server;
    private final Path runs;
    private final Path photograph;

    /**
     * Makes the runs in {@code folder}: tiny (really trained), long, training (3 epochs of 20), one of a hostile name,
     * diverged (without validation), unreadable.
     */
    RunsInBrowser(Path folder) throws IOException {
        chromium = HeadlessChromium.open();
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLIS);
        runs = folder.resolve("runs");
        Path data = TestPhotographs.folder(folder.resolve("data"), 8, 4);
        photograph = data.resolve("val/red/image0.png");
        train(data, runs.resolve("tiny"));
        TestRunFolders.run(runs.resolve("long"), 90, 60);
        TestRunFolders.run(runs.resolve("training"), 20, 3);
        TestRunFolders.run(runs.resolve(HOSTILE), 1, 1);
        TestRunFolders.run(runs.resolve("diverged"), 2, 0);
        Files.writeString(
                runs.resolve("diverged/log.jsonl"),
                "{\"epoch\":1,\"step\":4,\"rate\":0.01,\"trainingLoss\":\"NaN\",\"imagesPerSecond\":5.0,"
                        + "\"dataWaitShare\":0.0,\"seconds\":1.0}\n");
        Files.createDirectories(runs.resolve("unreadable"));
        Files.writeString(runs.resolve("unreadable/config.conf"), "tandem.train.epochs = {" + HOSTILE);
        server = view(runs, 0);
        chromium.page(server.addressWithToken()).close();
    }

    private static void train(Path data, Path run) {
        String settings = "tandem { backend = cpu, recipe = small, recipes.small { width = 12, hidden = 16, image = 60,"
                + " crop = 56 }, train.epochs = 2, train.batch = 8, train.learning-rate = 0.001, data = \"" + data
                + "\" }";
        try (Tandem tandem = Tandem.configure(settings);
                TrainingRun training = TrainingRun.begin(tandem, run, (epoch, state, model) -> {})) {
            training.train();
        }
    }

    /** Another server on a folder of runs; port 0 is any that is free. */
    static ViewServer view(Path runs, int port) {
        return ViewServer.start(
                new WebOptions("127.0.0.1", port, Optional.empty()),
                runs,
                new ConfigSources().add("test", Map.of("tandem.backend", "cpu")).load());
    }

    HeadlessChromium chromium() {
        return chromium;
    }

    ViewServer server() {
        return server;
    }

    Path runs() {
        return runs;
    }

    Path photograph() {
        return photograph;
    }

    /** A new page at {@code path}. */
    Page page(String path) {
        Page page = chromium.page(server.address().replaceAll("/$", "") + path);
        assertThat(page.locator("main")).isVisible();
        return page;
    }

    /** The row of a table that has a link called {@code name}. */
    static Locator row(Page page, String name) {
        return page.locator("tbody tr").filter(new Locator.FilterOptions().setHas(link(page, name)));
    }

    static Locator link(Page page, String name) {
        return page.getByRole(
                AriaRole.LINK, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    /** The button whose name matches. */
    static Locator button(Page page, String name) {
        return page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(Pattern.compile(name)));
    }

    @Override
    public void close() {
        server.close();
        chromium.close();
    }
}
