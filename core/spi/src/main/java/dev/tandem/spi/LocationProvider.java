package dev.tandem.spi;

import java.nio.file.Path;

/**
 * Makes paths of locations that are on no file system of this machine, such as {@code hdfs://host/folder}. Found by
 * {@link java.util.ServiceLoader}; see {@link Locations}.
 */
public interface LocationProvider {
    /** Whether locations that begin with {@code scheme} and {@code ://} are this provider's. */
    boolean takes(String scheme);

    /**
     * The path of a location, whose text is the location again.
     *
     * @param location a scheme that this provider takes, {@code ://}, and where it is there; nothing in it is escaped
     * @throws TandemException ({@link ErrorCode#INVALID_ARGUMENT}) if it cannot be a location, or there is no access
     */
    Path path(String location);
}
