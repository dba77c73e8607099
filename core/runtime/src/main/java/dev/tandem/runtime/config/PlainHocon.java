package dev.tandem.runtime.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * HOCON files as plain values. A file may be a stranger's: it includes nothing, so that it makes no request and reads
 * no other file; it substitutes nothing, so that it shows no environment and does not grow; its size and depth are
 * bounded.
 */
final class PlainHocon {
    private static final int MOST_BYTES = 1 << 16;
    private static final int MOST_BRACKETS = 500;
    private static final int MOST_DOTS_A_LINE = 500;
    private static final int MOST_ASSIGNMENTS = 1000;

    private PlainHocon() {}

    /**
     * The values of {@code file}.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) if it is too long or too deep, or no plain
     *     values
     */
    static Config read(Path file) {
        return parse(file.toString(), text(file));
    }

    /** As {@link #read}, of the text of a file called {@code file}. */
    static Config parse(String file, String text) {
        requireSmall(file, text);
        Config config = ConfigFactory.parseString(
                text, ConfigParseOptions.defaults().setOriginDescription(file).setIncluder(new NoIncludes(file)));
        if (!config.isResolved()) {
            throw refused(file, "it substitutes", "${...} or +=", "plain values", "Write the values themselves");
        }
        return config;
    }

    private static String text(Path file) {
        if (!Files.isReadable(file)) {
            throw TandemException.of(
                    ErrorCode.INVALID_CONFIGURATION,
                    "configuration",
                    "no readable file",
                    file,
                    "a HOCON file",
                    "Name a file that is there and may be read");
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) {
                throw refused(
                        file.toString(),
                        "it is too long",
                        "more than " + MOST_BYTES + " bytes",
                        "at most " + MOST_BYTES,
                        "Leave out what is no setting");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw TandemException.failure(
                    ErrorCode.INVALID_CONFIGURATION,
                    "configuration " + file,
                    "it cannot be read: " + e,
                    "Name a HOCON file that may be read",
                    e);
        }
    }

    /**
     * The parser recurses: brackets and the dots of a name are its depth, wherever they stand. Its time grows with the
     * square of the settings.
     */
    private static void requireSmall(String file, String text) {
        int brackets = 0;
        int assignments = 0;
        int dots = 0;
        int mostDots = 0;
        for (int i = 0; i < text.length(); i++) {
            switch (text.charAt(i)) {
                case '{', '[' -> brackets++;
                case '=', ':' -> assignments++;
                case '.' -> mostDots = Math.max(mostDots, ++dots);
                case '\n' -> dots = 0;
                default -> {
                    // Anything else adds no depth.
                }
            }
        }
        if (assignments > MOST_ASSIGNMENTS) {
            throw refused(
                    file,
                    "too many settings",
                    assignments + " signs = and :",
                    "at most " + MOST_ASSIGNMENTS,
                    "Leave out what is no setting");
        }
        if (brackets > MOST_BRACKETS || mostDots > MOST_DOTS_A_LINE) {
            throw refused(
                    file,
                    "it is nested too deeply",
                    brackets + " brackets, " + mostDots + " dots in a line",
                    "at most " + MOST_BRACKETS + " of each",
                    "Write lines such as tandem.train.batch = 64");
        }
    }

    private static TandemException refused(String file, String wrong, String got, String expected, String advice) {
        return TandemException.of(
                ErrorCode.INVALID_CONFIGURATION, "configuration " + file, wrong, got, expected, advice);
    }

    /** Refuses each way to include. */
    private record NoIncludes(String file)
            implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {
        @Override
        public ConfigIncluder withFallback(ConfigIncluder fallback) {
            return this;
        }

        @Override
        public ConfigObject include(ConfigIncludeContext context, String what) {
            throw include(what);
        }

        @Override
        public ConfigObject includeFile(ConfigIncludeContext context, File what) {
            throw include(what);
        }

        @Override
        public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
            throw include(what);
        }

        @Override
        public ConfigObject includeResources(ConfigIncludeContext context, String what) {
            throw include(what);
        }

        private TandemException include(Object what) {
            return refused(file, "it includes", String.valueOf(what), "plain values", "Write the values themselves");
        }
    }
}
