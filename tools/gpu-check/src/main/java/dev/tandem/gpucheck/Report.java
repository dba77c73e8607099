package dev.tandem.gpucheck;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Results as lines of JSON, each written as soon as it is known: the process may be killed at any time. */
final class Report {
    private final ObjectMapper json = new ObjectMapper();
    private final PrintStream out;
    private String section = "";

    Report(PrintStream out) {
        this.out = out;
    }

    /** What follows belongs to this section. */
    void begin(String name) {
        section = name;
        line(Map.of("begin", name));
    }

    /** The section is done. */
    void end() {
        line(Map.of("end", section));
    }

    /** A measurement, as a short text for people and as data. */
    void row(String name, String text, Map<String, ?> data) {
        row(name, true, text, data);
    }

    /** A check that holds or does not. */
    void row(String name, boolean ok, String text, Map<String, ?> data) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("section", section);
        line.put("name", name);
        line.put("ok", ok);
        line.put("text", text);
        line.put("data", data);
        line(line);
    }

    private void line(Map<String, ?> line) {
        try {
            out.println(json.writeValueAsString(line));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
        out.flush();
    }

    /** As {@link String#format}, the same in every country. */
    static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
