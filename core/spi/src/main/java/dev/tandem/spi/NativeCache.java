package dev.tandem.spi;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.Optional;

/**
 * The folder to which JavaCPP unpacks native libraries. If the home folder cannot be written, that is a folder of a
 * predictable name in {@code java.io.tmpdir}: another user could have made it, and put libraries of their own there.
 */
public final class NativeCache {
    private NativeCache() {}

    /**
     * Why native libraries must not be loaded from the folder that JavaCPP would choose; empty if they may be. Makes the
     * folder if it is missing, so that nobody else can.
     */
    public static Optional<String> problem() {
        if (System.getProperty("org.bytedeco.javacpp.cachedir") != null
                || System.getProperty("org.bytedeco.javacpp.cacheDir") != null
                || isUsable(Path.of(System.getProperty("user.home"), ".javacpp", "cache"))) {
            return Optional.empty();
        }
        Path folder = Path.of(System.getProperty("java.io.tmpdir"), ".javacpp-" + System.getProperty("user.name"));
        try {
            Path own = Files.createTempFile("tandem", null);
            UserPrincipal user = Files.getOwner(own);
            Files.delete(own);
            return problem(folder, user);
        } catch (IOException | UnsupportedOperationException e) {
            return Optional.of("the folder for native libraries, " + folder + ", cannot be used: " + e
                    + ". Make " + System.getProperty("user.home") + "/.javacpp writable, or name another folder with"
                    + " -Dorg.bytedeco.javacpp.cachedir=DIR in TANDEM_JAVA_OPTS");
        }
    }

    private static boolean isUsable(Path folder) {
        // As JavaCPP looks at it.
        return (Files.exists(folder) || folder.toFile().mkdirs())
                && Files.isReadable(folder)
                && Files.isWritable(folder)
                && Files.isExecutable(folder);
    }

    /** Whether {@code folder} and its {@code cache} are folders of {@code user} that nobody else may write. */
    static Optional<String> problem(Path folder, UserPrincipal user) throws IOException {
        for (Path path : List.of(folder, folder.resolve("cache"))) {
            if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                Files.createDirectory(path);
            }
            UserPrincipal owner = Files.getOwner(path, LinkOption.NOFOLLOW_LINKS);
            boolean open = Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS)
                    .contains(PosixFilePermission.OTHERS_WRITE);
            if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS) || !owner.equals(user) || open) {
                return Optional.of("the folder for native libraries, " + path + ", could have been prepared by another"
                        + " user (it is a link, of " + owner + ", or may be written by everybody). Make "
                        + System.getProperty("user.home") + "/.javacpp writable, or name another folder with"
                        + " -Dorg.bytedeco.javacpp.cachedir=DIR in TANDEM_JAVA_OPTS");
            }
        }
        return Optional.empty();
    }
}
