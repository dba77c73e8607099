package dev.tandem.web.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.analysis.report.Report;
import dev.tandem.spi.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** A report as one HTML file that needs nothing else. */
public final class ReportPage {
    /** What every page of a report has in its head, by which {@link #isReport} knows it. */
    static final String GENERATOR = "<meta name=\"generator\" content=\"Tandem report\">";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int HEAD_BYTES = 4096;

    private ReportPage() {}

    /**
     * Writes the page.
     *
     * @throws dev.tandem.spi.TandemException ({@link dev.tandem.spi.ErrorCode#INPUT_OUTPUT}) if it cannot be written
     */
    public static void write(Report report, Path file) {
        String json;
        try {
            json = JSON.writeValueAsString(report);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a report is plain records and maps", e);
        }
        String escaped = json.replace("&", "\\u0026")
                .replace("<", "\\u003c")
                .replace(">", "\\u003e")
                .replace("\u2028", "\\u2028")
                .replace("\u2029", "\\u2029");
        String page = "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">" + GENERATOR
                + "<title>Report</title></head><body><script type=\"application/json\" id=\"report\">" + escaped
                + "</script></body></html>\n";
        AtomicFile.write(file, page.getBytes(StandardCharsets.UTF_8));
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
}
