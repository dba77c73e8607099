package dev.tandem.runtime.config;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Names of settings that have changed. The old ones are taken until version 0.2, with a line that names the new one.
 */
final class RenamedKeys {
    private static final Logger LOG = LoggerFactory.getLogger(RenamedKeys.class);
    private static final String OLD_SMALL = "tandem.small.";
    private static final String SMALL = "tandem.recipes.small.";
    private static final Map<String, String> NEW_NAMES = Map.of(
            "tandem.autoOrder", "tandem.auto-order",
            "tandem.train.checkpointEvery", "tandem.train.checkpoint-every",
            "tandem.train.rate", "tandem.train.learning-rate");

    private RenamedKeys() {}

    /**
     * {@code settings} under the names of this version.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) if one is there under both of its names
     */
    static Map<String, Setting> current(Map<String, Setting> settings) {
        Map<String, Setting> renamed = new LinkedHashMap<>();
        for (Setting setting : settings.values()) {
            String key = current(setting.key());
            if (!key.equals(setting.key()) && settings.containsKey(key)) {
                throw TandemException.of(
                        ErrorCode.INVALID_CONFIGURATION,
                        key,
                        "written twice, once under its old name",
                        setting.key() + " and " + key,
                        "one of them",
                        "Remove " + setting.key());
            }
            renamed.put(key, new Setting(key, setting.value(), setting.origin()));
        }
        return renamed;
    }

    /** Logs a line for each of {@code settings} that is written under its old name. */
    static void report(Map<String, Setting> settings) {
        for (Setting setting : settings.values()) {
            String key = current(setting.key());
            if (!key.equals(setting.key())) {
                LOG.warn("{} ({}) is called {} now", setting.key(), setting.origin(), key);
            }
        }
    }

    private static String current(String key) {
        return key.startsWith(OLD_SMALL) ? SMALL + key.substring(OLD_SMALL.length()) : NEW_NAMES.getOrDefault(key, key);
    }
}
