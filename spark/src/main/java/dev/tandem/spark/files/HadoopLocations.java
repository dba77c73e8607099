package dev.tandem.spark.files;

import dev.tandem.spi.LocationProvider;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.fs.FileSystem;

/** Locations on Hadoop's file systems, those that the class path and Hadoop's configuration name. */
public final class HadoopLocations implements LocationProvider {
    /** From this Java on, Subject.getSubject, which Hadoop 3.4 calls, is not supported. */
    private static final int WITHOUT_SUBJECT = 24;

    /** What is read there cannot be listed. */
    private static final Set<String> WITHOUT_FOLDERS = Set.of("http", "https");

    private static final ConcurrentHashMap<String, HadoopFileSystem> OPENED = new ConcurrentHashMap<>();

    @Override
    public boolean takes(String scheme) {
        if (WITHOUT_FOLDERS.contains(scheme)) {
            return false;
        }
        try {
            FileSystem.getFileSystemClass(scheme, HadoopSettings.configuration());
            return true;
        } catch (IOException | RuntimeException e) {
            return false; // no such scheme, or a class that is not here
        }
    }

    @Override
    public Path path(String location) {
        int authority = location.indexOf("://") + "://".length();
        int path = location.indexOf('/', authority);
        String host = path < 0 ? location : location.substring(0, path);
        HadoopFileSystem opened = OPENED.get(host);
        if (opened == null) {
            // Not inside of the map: a host that does not answer would keep others waiting.
            HadoopFileSystem own = open(host);
            HadoopFileSystem earlier = OPENED.putIfAbsent(host, own);
            opened = earlier == null ? own : earlier;
        }
        return opened.getPath(path < 0 ? "/" : location.substring(path));
    }

    private static HadoopFileSystem open(String host) {
        try {
            return HadoopFileSystem.open(host, HadoopSettings.configuration());
        } catch (IOException | RuntimeException e) {
            if (e instanceof UnsupportedOperationException && Runtime.version().feature() >= WITHOUT_SUBJECT) {
                throw TandemException.argument(
                        "location",
                        "Spark's Hadoop does not run on this Java, " + e.getMessage(),
                        "Java " + Runtime.version().feature(),
                        "Java 17 or 21",
                        "Set JAVA_HOME to one of them");
            }
            throw TandemException.argument(
                    "location",
                    "no access to " + host,
                    e.toString(),
                    "a file system that answers",
                    "See that host and keys are right (spark.hadoop.* of Spark's configuration)");
        }
    }
}
