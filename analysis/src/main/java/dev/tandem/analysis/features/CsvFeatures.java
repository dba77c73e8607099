package dev.tandem.analysis.features;

import dev.tandem.spi.AtomicFile;
import java.io.BufferedWriter;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Features as comma-separated values (RFC 4180, in UTF-8): a header, then a line an image, its name and its features.
 * Each number is the shortest one that gives the same float when it is read.
 */
final class CsvFeatures {
    private CsvFeatures() {}

    /** Writes {@code file}, whole or not at all. */
    static void write(Path file, StoredRows rows) {
        AtomicFile.write(file, channel -> {
            Writer out = new BufferedWriter(
                    new OutputStreamWriter(Channels.newOutputStream(channel), StandardCharsets.UTF_8), 1 << 16);
            out.write("file");
            for (int i = 0; i < rows.columns(); i++) {
                out.write(",f" + i);
            }
            out.write("\r\n");
            rows.read((name, features) -> {
                out.write(quoted(name));
                for (float feature : features) {
                    out.write(',');
                    out.write(Float.toString(feature));
                }
                out.write("\r\n");
            });
            out.flush();
        });
    }

    private static String quoted(String name) {
        return name.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r')
                ? '"' + name.replace("\"", "\"\"") + '"'
                : name;
    }
}
