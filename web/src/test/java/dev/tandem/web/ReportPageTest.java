package dev.tandem.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import dev.tandem.analysis.report.Report;
import dev.tandem.web.report.ReportPage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A report's page in a browser, opened as the file that it is. */
class ReportPageTest {
    private static final List<String> NAMES = List.of("airplane", "bonsai", "car", "ketch", "leopard", "watch");
    private static final List<String> HOSTILE = List.of(
            "</script><img src=x onerror=\"window.ran = 1\">",
            "b\u2028c\u0007",
            "x\u202egpj.exe",
            "<!--<script>",
            "{{data}} &amp; ${alert(1)}",
            "__proto__");

    /** The most bytes of a page without its data and pictures. */
    private static final int MOST_BYTES = 300_000;

    private static HeadlessChromium chromium;
    private final List<String> outside = new ArrayList<>();

    @TempDir
    private Path folder;

    @BeforeAll
    static void open() {
        chromium = HeadlessChromium.open();
    }

    @AfterAll
    static void close() {
        if (chromium != null) {
            chromium.close();
        }
    }

    /** No page of these tests complains, or asks for anything but itself. */
    @AfterEach
    void requireQuiet() {
        chromium.requireCleanConsole();
        assertThat(outside).as("requests").isEmpty();
    }

    private Page page(Report report) {
        Path file = folder.resolve("report.html");
        ReportPage.write(report, file);
        Page page = chromium.page("about:blank");
        page.onRequest(request -> {
            if (!request.url().startsWith("data:")
                    && !request.url().equals(file.toUri().toString())) {
                outside.add(request.url());
            }
        });
        page.navigate(file.toUri().toString());
        return page;
    }

    @Test
    void showsAllPartsToEveryone() {
        Page page = page(SampleReport.full("Two runs", NAMES));

        assertThat(page.locator("h2").allTextContents())
                .containsExactly(
                        "Overview",
                        "Curves",
                        "Confusion",
                        "Errors of the classes",
                        "Surest mistakes",
                        "Hardest images",
                        "Nearest training images",
                        "Calibration",
                        "First kernels",
                        "Health of the layers",
                        "Time and memory",
                        "Settings",
                        "Events");
        assertThat(page.locator(".report__said").textContent())
                .isEqualTo("first is a network of the recipe small, trained on 127 images of 6 classes. The errors are"
                        + " those of the checkpoint best (epoch 3) on the centre crops of 60 validation images of"
                        + " other-data.");
        HeadlessChromium.requireAccessible(page);
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
        HeadlessChromium.requireAccessible(page);
        page.setViewportSize(390, 800);
        assertThat(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
                .isEqualTo(0);
    }

    @Test
    void isSmallWithoutItsData() throws IOException {
        Page page = page(SampleReport.full("Two runs", NAMES));
        int data = (int) page.evaluate("document.getElementById('report').textContent.length");

        assertThat(Files.size(folder.resolve("report.html")) - data).isBetween(100_000L, (long) MOST_BYTES);
        assertThat(ReportPage.isReport(folder.resolve("report.html"))).isTrue();
    }

    @Test
    void leavesOutWhatCannotBeHad() {
        Page page = page(SampleReport.bare());

        assertThat(page.locator("h2").allTextContents()).containsExactly("Overview", "Settings");
        assertThat(page.locator("#overview .message").textContent())
                .isEqualTo("NotesThe model was not evaluated: its data are gone.");
        assertThat(page.locator(".report__said").textContent())
                .isEqualTo("new is a network of the recipe small, for 6 classes. It was not evaluated for this report:"
                        + " no errors were measured.");
        assertThat(page.locator("#made").textContent()).isEqualTo("Made 2026-01-02 at 03:04 UTC by Tandem 0.1");
        assertThat(page.locator("#settings tbody tr").first().locator("th, td").allTextContents())
                .as("a value that is from nowhere has a cell, too")
                .containsExactly("tandem.recipe", "small", "");
    }

    /** Of 127 images in batches of 8, 120 are trained on: at 30 a second that takes 4 of an epoch's 4.2 seconds. */
    @Test
    void timeIsThatOfWholeBatches() {
        Page page = page(SampleReport.full("Two runs", NAMES));

        Locator parts = page.locator("#cost .stack").first().locator(".lines__value");
        assertThat(parts.allTextContents())
                .containsExactly("11.8\u202fs, 94.1\u202f%", "0.24\u202fs, 1.9\u202f%", "0.60\u202fs, 4.8\u202f%");
    }

    @Test
    void runsOfOtherClassesAreToldApart() {
        Page page = page(SampleReport.full("Two runs", NAMES));

        assertThat(page.locator("#overview thead th").allTextContents()).contains("Classes");
        assertThat(page.locator("#overview tbody tr td:nth-child(4)").allTextContents())
                .containsExactly("6", "7");
    }

    /** The page marks what {@link dev.tandem.nn.train.Health#findings} finds, and no more. */
    @Test
    void onlyTroubleIsMarked() {
        Page page = page(SampleReport.full("Two runs", NAMES));

        assertThat(page.locator("#health .health").first().locator("strong.bad").allTextContents())
                .containsExactly("! 95.0\u202f%");
    }

    @Test
    void namesAreText() {
        Page page = page(SampleReport.full("</title><script>window.ran = 1</script>", HOSTILE));

        assertThat(page.evaluate("window.ran")).isNull();
        assertThat(page.locator("img[src=x]").count()).isZero();
        assertThat(page.locator("h1").textContent()).isEqualTo("</title><script>window.ran = 1</script>");
        assertThat(page.locator("#classes tbody th").allTextContents())
                .contains(
                        HOSTILE.get(0),
                        "b\\u2028c\\u0007",
                        "x\\u202egpj.exe",
                        "{{data}} &amp; ${alert(1)}",
                        "__proto__");
    }

    @Test
    void drawsTheCurvesOfBothRunsAndReadsThemByKeyboard() {
        Page page = page(SampleReport.full("Two runs", NAMES));
        Locator errors = page.locator(".lines").first();

        assertThat(errors.locator(".lines__label").allTextContents()).containsExactly("first, top-1", "second, top-1");
        assertThat(pixels(errors, "rgb === 0x0072b2"))
                .as("of the first run's line")
                .isGreaterThan(50);
        assertThat(pixels(errors, "rgb === 0xd55e00"))
                .as("of the second run's line")
                .isGreaterThan(50);
        Locator cursor = errors.getByRole(AriaRole.SLIDER);
        cursor.press("End");
        cursor.press("ArrowLeft");
        assertThat(cursor.getAttribute("aria-valuetext"))
                .isEqualTo("epoch 2: first, top-1 45.0\u202f%, second, top-1 45.0\u202f%");
    }

    /** The opaque pixels whose {@code rgb}, or {@code red} and {@code blue}, are as {@code wanted} says, in JavaScript. */
    private static int pixels(Locator chart, String wanted) {
        return (int) chart.locator("canvas").first().evaluate("""
                (canvas) => {
                    const copy = new OffscreenCanvas(canvas.width, canvas.height);
                    const context = copy.getContext("2d", { willReadFrequently: true });
                    context.drawImage(canvas, 0, 0);
                    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
                    let found = 0;
                    for (let i = 0; i < data.length; i += 4) {
                        const [red, green, blue] = data.subarray(i, i + 3);
                        const rgb = (red << 16) | (green << 8) | blue;
                        found += data[i + 3] === 255 && (WANTED) ? 1 : 0;
                    }
                    return found;
                }""".replace("WANTED", wanted));
    }

    @Test
    void theConfusionAnswersTheKeyboardAndLooksUpClasses() {
        Page page = page(SampleReport.full("Two runs", NAMES));
        Locator matrix = page.locator(".matrix__area");
        Locator said = page.locator(".matrix__said");

        matrix.press("ArrowDown");
        assertThat(said.textContent()).isEqualTo("airplane recognised: 3 of 10 images (30.0\u202f%)");
        matrix.press("ArrowRight");
        assertThat(said.textContent())
                .isEqualTo("truth airplane \u2192 predicted bonsai: 7 of 10 images (70.0\u202f%)");
        matrix.press("n");
        assertThat(said.textContent())
                .as("the next confusion after the most frequent one")
                .isEqualTo("truth car \u2192 predicted ketch: 2 of 2 images (100.0\u202f%)");
        page.getByLabel("Go to").fill("LEOP");
        page.keyboard().press("Enter");
        assertThat(said.textContent()).isEqualTo("leopard recognised: 0 of 0 images");
        page.getByLabel("Go to").fill("zebra");
        page.keyboard().press("Enter");
        assertThat(said.textContent()).isEqualTo("No class is called zebra.");
    }

    @Test
    void aThousandClassesAreDrawnAndFiltered() {
        List<String> names =
                IntStream.range(0, 1000).mapToObj(i -> "class " + i).toList();
        Page page = page(SampleReport.full("Many", names));

        assertThat(pixels(page.locator(".matrix__area"), "red > blue + 60"))
                .as("orange pixels of two confusions beside the diagonal, where a class has less than a pixel")
                .isGreaterThanOrEqualTo(15);
        page.getByLabel("Filter").fill("class 2");
        assertThat(page.locator("#classes tbody tr").count()).isEqualTo(1);
        page.locator(".matrix__area").press("n");
        assertThat(page.locator(".matrix__said").textContent()).startsWith("truth class 0 \u2192 predicted class 1: 7");
    }

    @Test
    void marksTheRightClassAndTheNeighboursOfItsClass() {
        Page page = page(SampleReport.full("Two runs", NAMES));

        assertThat(page.locator("#mistakes .bars__row--truth").allTextContents())
                .containsExactly("\u2713\u202fairplane (right)6.0\u202f%");
        assertThat(page.locator("#hardest .bars__row--far").allTextContents())
                .as("a class that is not among the likeliest follows below them")
                .containsExactly("\u2713\u202fcar (right)<\u202f0.1\u202f%");
        assertThat(page.locator("#nearest .report__neighbours figcaption").allTextContents())
                .containsExactly("\u2713\u202fsame class: bonsai 0.500", "car 1.50");
    }

    @Test
    void kernelsGoBackToTheStartByKeyboard() {
        Page page = page(SampleReport.full("Two runs", NAMES));
        Locator kernels = page.locator(".kernels");
        Locator slider = kernels.getByRole(AriaRole.SLIDER);

        assertThat(slider.getAttribute("aria-valuetext")).isEqualTo("epoch 3, best");
        slider.press("ArrowLeft");
        assertThat(slider.getAttribute("aria-valuetext")).isEqualTo("start");
        kernels.getByRole(AriaRole.IMG, new Locator.GetByRoleOptions().setName("Kernels 3 to 4 at start"))
                .waitFor();
    }

    @Test
    void headsSort() {
        Page page = page(SampleReport.full("Two runs", NAMES));
        Locator classes = page.locator("#classes");
        Locator first = classes.locator("tbody tr").first();
        Locator.GetByRoleOptions head = new Locator.GetByRoleOptions().setName("Class");

        assertThat(first.textContent()).as("the worst").startsWith("car");
        classes.getByRole(AriaRole.BUTTON, head).click();
        assertThat(first.textContent()).startsWith("airplane");
        assertThat(classes.locator("th").first().getAttribute("aria-sort")).isEqualTo("ascending");
        classes.getByRole(AriaRole.BUTTON, head).click();
        assertThat(first.textContent()).startsWith("watch");
        assertThat(classes.locator("th").first().getAttribute("aria-sort")).isEqualTo("descending");
    }
}
