package dev.tandem.spark.files;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsAction;
import org.apache.hadoop.security.AccessControlException;

/** The disk of this machine as {@code shared:///}, which java.nio does not know. */
public final class SharedFileSystem extends RawLocalFileSystem {
    @Override
    public URI getUri() {
        return URI.create("shared:///");
    }

    @Override
    public String getScheme() {
        return "shared";
    }

    /** Its own way asks for a file's URI. */
    @Override
    public void access(Path path, FsAction mode) throws IOException {
        if (!Files.isReadable(java.nio.file.Path.of(path.toUri().getPath()))) {
            throw new AccessControlException(path + " for " + mode);
        }
    }
}
