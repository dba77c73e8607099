package dev.tandem.spi;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder to which JavaCPP unpacks native libraries: the one that a system property names, or one in the home
 * folder, or, if libraries cannot be run from there, one of a predictable name in {@code java.io.tmpdir}. Another user
 * could have made that last one, and put libraries of their own there.
 */
public final class NativeCache {
    private static final Logger LOG = LoggerFactory.getLogger(NativeCache.class);

    /** The bytes that all native libraries together take there. */
    private static final long LIBRARY_BYTES = 600L << 20;

    private static final String SETTING = "org.bytedeco.javacpp.cachedir";
    private static final String OLDER_SETTING = "org.bytedeco.javacpp.cacheDir";
    private static final String CHOICE = "name another folder with -D" + SETTING
            + "=DIR in TANDEM_JAVA_OPTS (on Spark, in spark.executor.extraJavaOptions)";

    private static final String PROCESS_LIMIT = "org.bytedeco.javacpp.maxPhysicalBytes";
    private static final String OLDER_PROCESS_LIMIT = "org.bytedeco.javacpp.maxphysicalbytes";

    private static boolean limitIsReported;

    private NativeCache() {}

    /**
     * Why native libraries cannot or must not be loaded from any folder that JavaCPP may use; empty if they may be.
     * Makes the folder if it is missing, writable for this user only. Makes JavaCPP use it if it is not the usual one.
     */
    public static synchronized Optional<String> problem() {
        if (named() != null) {
            return unusable(Path.of(named())).map(reason -> message(named(), reason));
        }
        Path home = atHome();
        Optional<String> reason = home.isAbsolute() ? unusable(home) : Optional.of("this user has no home folder");
        if (reason.isEmpty()) {
            return Optional.empty();
        }
        Path folder = Path.of(System.getProperty("java.io.tmpdir"), ".javacpp-" + System.getProperty("user.name"));
        Path cache = folder.resolve("cache");
        try {
            Path own = Files.createTempFile("tandem", null);
            UserPrincipal user = Files.getOwner(own);
            Files.delete(own);
            Optional<String> foreign = problem(folder, user);
            if (foreign.isPresent()) {
                return foreign;
            }
        } catch (IOException | UnsupportedOperationException e) {
            return Optional.of(message(folder.toString(), e.toString()));
        }
        Optional<String> second = unusable(cache);
        if (second.isPresent()) {
            return Optional.of(message(home + " and " + cache, reason.get() + ", and " + second.get()));
        }
        System.setProperty(SETTING, cache.toString());
        return Optional.empty();
    }

    /** The folder, when {@link #problem} has found one. */
    public static Path folder() {
        return named() == null ? atHome() : Path.of(named());
    }

    /** What to do if a native library does not load; empty if {@link #problem} tells it. */
    public static String remedy() {
        if (problem().isPresent()) {
            return "";
        }
        long free = folder().toFile().getUsableSpace();
        return free < LIBRARY_BYTES
                ? "They are unpacked to " + folder() + ", which has " + (free >> 20) + " MiB free: make room, "
                        + (LIBRARY_BYTES >> 20) + " MiB for all of them, or " + CHOICE
                : "The class path needs the native libraries for " + System.getProperty("os.name") + " on "
                        + System.getProperty("os.arch")
                        + ": Maven puts them there on its own, other build tools need the"
                        + " artifact tandem-natives-PLATFORM";
    }

    /**
     * Initializes JavaCPP without its limit on the memory of the whole process. The limit is twice the Java heap by
     * default, tensors count though they are not on the heap, and above it JavaCPP refuses memory to everybody. A limit
     * that the user has set stays. The system property is as before when this returns.
     *
     * @param limit JavaCPP's {@code Pointer::maxPhysicalBytes}; the call initializes JavaCPP, which reads the property
     */
    public static synchronized void liftProcessLimit(LongSupplier limit) {
        boolean chosen = System.getProperty(PROCESS_LIMIT) != null || System.getProperty(OLDER_PROCESS_LIMIT) != null;
        long bytes = withProperty(PROCESS_LIMIT, "0", limit::getAsLong);
        if (bytes > 0 && !chosen && !limitIsReported) {
            limitIsReported = true;
            LOG.warn(
                    "JavaCPP was in use before Tandem was: it refuses memory once this process takes more than {} MiB."
                            + " To lift that, start Java with -D{}=0",
                    bytes >> 20,
                    PROCESS_LIMIT);
        }
    }

    /** What {@code body} returns while the system property has {@code value}, unless it is set anyway. */
    public static <T> T withProperty(String property, String value, Supplier<T> body) {
        if (System.getProperty(property) != null) {
            return body.get();
        }
        System.setProperty(property, value);
        try {
            return body.get();
        } finally {
            System.clearProperty(property);
        }
    }

    private static String named() {
        return System.getProperty(SETTING, System.getProperty(OLDER_SETTING));
    }

    private static Path atHome() {
        return Path.of(System.getProperty("user.home"), ".javacpp", "cache");
    }

    private static String message(String folder, String reason) {
        return "the folder for native libraries, " + folder + ", cannot be used: " + reason + ". Make it usable, or "
                + CHOICE;
    }

    /** Why libraries cannot be unpacked to {@code folder} and run there; empty if they can. */
    static Optional<String> unusable(Path folder) {
        try {
            Files.createDirectories(folder);
            Path probe = Files.createTempFile(folder, "tandem", null, executable(folder));
            // A file that is made executable and is none lies on a file system of data only.
            boolean executable = Files.isExecutable(probe);
            Files.delete(probe);
            if (!executable) {
                return Optional.of("its file system is mounted noexec");
            }
        } catch (FileSystemException e) {
            return Optional.of(e.getReason() == null ? "it cannot be written" : e.getReason());
        } catch (IOException | UnsupportedOperationException e) {
            return Optional.of(e.toString());
        }
        try (Stream<Path> unpacked = Files.list(folder)) {
            return unpacked.findAny().isPresent() || Files.getFileStore(folder).getUsableSpace() >= LIBRARY_BYTES
                    ? Optional.empty()
                    : Optional.of("its file system has less than " + (LIBRARY_BYTES >> 20) + " MiB free");
        } catch (IOException e) {
            return Optional.of(e.toString());
        }
    }

    /** Windows has no such permissions: there each file may be run. */
    private static FileAttribute<?>[] executable(Path folder) {
        return hasPermissions(folder)
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
                }
                : new FileAttribute<?>[0];
    }

    private static boolean hasPermissions(Path folder) {
        return folder.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    /** Whether {@code folder} and its {@code cache} are folders of {@code user} that only this user may write. */
    static Optional<String> problem(Path folder, UserPrincipal user) throws IOException {
        for (Path path : List.of(folder, folder.resolve("cache"))) {
            if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                Files.createDirectory(path);
            }
            UserPrincipal owner = Files.getOwner(path, LinkOption.NOFOLLOW_LINKS);
            boolean open = hasPermissions(path)
                    && Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS)
                            .contains(PosixFilePermission.OTHERS_WRITE);
            if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS) || !owner.equals(user) || open) {
                return Optional.of("the folder for native libraries, " + path + ", could have been prepared by another"
                        + " user (it is a link, of " + owner + ", or may be written by everybody). Make "
                        + System.getProperty("user.home") + "/.javacpp writable, or " + CHOICE);
            }
        }
        return Optional.empty();
    }
}
