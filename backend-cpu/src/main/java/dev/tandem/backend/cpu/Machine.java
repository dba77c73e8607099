package dev.tandem.backend.cpu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What decides how fast a kernel is: the processor, the library and the number of threads.
 *
 * @param text all of it, in a line
 */
record Machine(String text) {
    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

    /** This machine, with {@code library} on {@code threads} threads. */
    static Machine here(String library, int threads) {
        return new Machine(processor() + "; " + library + "; " + threads + " threads");
    }

    /** The first processor's model and instructions; only the kind of them where the system does not say more. */
    private static String processor() {
        try (Stream<String> lines = Files.lines(PROCESSORS)) {
            return lines.takeWhile(line -> !line.isBlank())
                    .filter(line -> line.startsWith("model name") || line.startsWith("flags"))
                    .map(line -> line.replaceAll("\\s+", " ").strip())
                    .collect(Collectors.joining("; "));
        } catch (IOException e) {
            return System.getProperty("os.arch");
        }
    }

    /** A short name for files: another one for every other machine. */
    String hash() {
        return UUID.nameUUIDFromBytes(text.getBytes(StandardCharsets.UTF_8)).toString();
    }
}
