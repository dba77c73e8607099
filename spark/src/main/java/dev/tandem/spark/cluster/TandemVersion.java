package dev.tandem.spark.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** The version of Tandem in this process. */
public final class TandemVersion {
    private static final String RESOURCE = "/dev/tandem/spark/version.properties";

    private TandemVersion() {}

    /** As Maven counts it, such as {@code 1.2.0}; or {@code unknown}. */
    public static String number() {
        Properties found = new Properties();
        try (InputStream in = TandemVersion.class.getResourceAsStream(RESOURCE)) {
            if (in != null) {
                found.load(in);
            }
        } catch (IOException e) {
            return "unknown";
        }
        return found.getProperty("version", "unknown");
    }
}
