package dev.tandem.runtime.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigOrigin;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What stands in the configuration of a run, for those who only look at it: nothing is asked of recipes or backends,
 * which need not be on the class path.
 *
 * @param settings in the order of the file; the origin is where a value was written when the run began
 */
public record WrittenSettings(List<Setting> settings) {
    public WrittenSettings {
        settings = List.copyOf(settings);
    }

    /**
     * Reads a run's file, which may be a stranger's.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) if it is too long or too deep, or no plain
     *     values
     */
    public static WrittenSettings read(Path file) {
        Config config;
        try {
            config = PlainHocon.read(file);
        } catch (ConfigException e) {
            throw TandemException.failure(
                    ErrorCode.INVALID_CONFIGURATION,
                    "configuration",
                    file + " is not HOCON: " + e.getMessage(),
                    "Copy the run again",
                    e);
        }
        List<Line> lines = new ArrayList<>();
        config.entrySet().forEach(entry -> {
            ConfigOrigin origin = entry.getValue().origin();
            List<String> comments = origin.comments();
            // The last comment is the one on the line itself.
            String from =
                    comments.isEmpty() ? "" : comments.get(comments.size() - 1).strip();
            lines.add(new Line(
                    origin.lineNumber(),
                    new Setting(entry.getKey(), entry.getValue().unwrapped(), from)));
        });
        return new WrittenSettings(lines.stream()
                .sorted(Comparator.comparingInt(Line::number))
                .map(Line::setting)
                .toList());
    }

    private record Line(int number, Setting setting) {}

    /** The value of {@code key} as text; empty if it is not there. */
    public Optional<String> text(String key) {
        return settings.stream()
                .filter(setting -> setting.key().equals(key) && setting.value() != null)
                .map(setting -> setting.value().toString())
                .findFirst();
    }

    /** The value of {@code key} as a whole number; empty if it is not there, or none. */
    public Optional<Long> number(String key) {
        return text(key).filter(text -> text.matches("-?[0-9]{1,18}")).map(Long::valueOf);
    }
}
