package dev.tandem.backend.cuda;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** What this process has asked of the emulated driver so far, by the names in {@code settings.cpp}. */
final class DriverBooks {
    /** The environment variable that names the driver's file. */
    static final String FILE = "TANDEM_EMULATED_BOOKS";

    private static final int NAME_BYTES = 56;

    private final ByteBuffer entries;

    private DriverBooks(ByteBuffer entries) {
        this.entries = entries;
    }

    /** The books of this process, whose driver is in use. */
    static DriverBooks open() throws IOException {
        try (FileChannel file = FileChannel.open(Path.of(System.getenv(FILE)))) {
            return new DriverBooks(file.map(MapMode.READ_ONLY, 0, file.size()).order(ByteOrder.LITTLE_ENDIAN));
        }
    }

    /** All counts. */
    Map<String, Long> read() {
        Map<String, Long> counts = new LinkedHashMap<>();
        byte[] name = new byte[NAME_BYTES];
        for (int at = 0; at < entries.limit(); at += NAME_BYTES + Long.BYTES) {
            entries.get(at, name);
            counts.put(new String(name, StandardCharsets.US_ASCII).trim(), entries.getLong(at + NAME_BYTES));
        }
        return counts;
    }

    /** What was counted after {@code before} was read. */
    Map<String, Long> since(Map<String, Long> before) {
        Map<String, Long> counts = read();
        counts.replaceAll((name, count) -> count - before.get(name));
        return counts;
    }
}
