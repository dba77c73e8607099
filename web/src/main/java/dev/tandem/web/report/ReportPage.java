package dev.tandem.web.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.analysis.report.Report;
import dev.tandem.imagenet.layout.EscapedText;
import dev.tandem.spi.AtomicFile;
import dev.tandem.web.server.Pages;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A report as one HTML file that needs nothing else. Its content policy lets the page's own script and style run, by
 * their digests, and nothing else, whatever the names in its data are.
 */
public final class ReportPage {
    /** What every page of a report has in its head, by which {@link #isReport} recognises it. */
    private static final String GENERATOR = "<meta name=\"generator\" content=\"Tandem report\">";

    private static final int HEAD_BYTES = 4096;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern PLACE = Pattern.compile("\\{\\{(\\w+)}}");
    private static final List<String> STYLES =
            List.of("style.css", "uplot/uPlot.min.css", "charts/charts.css", "report.css");

    private ReportPage() {}

    /**
     * Writes the page.
     *
     * @throws dev.tandem.spi.TandemException ({@link dev.tandem.spi.ErrorCode#INPUT_OUTPUT}) if it cannot be written
     */
    public static void write(Report report, Path file) {
        AtomicFile.write(file, of(report).getBytes(StandardCharsets.UTF_8));
    }

    /** Whether {@code file} is a page that {@link #write} wrote: it may be replaced by a newer one. */
    public static boolean isReport(Path file) {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(HEAD_BYTES), StandardCharsets.UTF_8).contains(GENERATOR);
        } catch (IOException e) {
            return false;
        }
    }

    /** The text of the page. */
    static String of(Report report) {
        String script = ModuleScript.of("report.js");
        String style = STYLES.stream().map(ReportPage::file).collect(Collectors.joining());
        Map<String, String> values = Map.of(
                "generator", GENERATOR,
                "policy", policy(script, style),
                "title", escapedMarkup(EscapedText.visible(report.title())),
                "style", style,
                "data", escapedJson(json(report)),
                "script", script,
                "licence", file("uplot/LICENSE"));
        // All at once: what looks like a place in a value is none.
        return PLACE.matcher(file("report.html"))
                .replaceAll(place -> Matcher.quoteReplacement(values.get(place.group(1))));
    }

    private static String policy(String script, String style) {
        return "default-src 'none'; script-src '" + digest(script) + "'; style-src '" + digest(style)
                + "'; img-src data:; base-uri 'none'; form-action 'none'";
    }

    private static String digest(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return "sha256-" + Base64.getEncoder().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** JSON for a script element: without the characters to which HTML gives a meaning, which only texts can have. */
    static String escapedJson(String json) {
        return json.replace("&", "\\u0026")
                .replace("<", "\\u003c")
                .replace(">", "\\u003e")
                .replace("\u2028", "\\u2028")
                .replace("\u2029", "\\u2029");
    }

    private static String escapedMarkup(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    private static String json(Report report) {
        try {
            return JSON.writeValueAsString(report);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a report is plain records and maps", e);
        }
    }

    private static String file(String name) {
        return new String(Pages.read(name), StandardCharsets.UTF_8);
    }
}
