package dev.tandem.spark.files;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.apache.hadoop.security.AccessControlException;
import org.jspecify.annotations.Nullable;

/** One of Hadoop's file systems: a scheme and a host, bucket or cluster. It is open as long as the process lives. */
final class HadoopFileSystem extends FileSystem {
    static final String SEPARATOR = "/";

    private final String host;
    private final URI uri;
    private final org.apache.hadoop.fs.FileSystem files;
    private final @Nullable FileContext context;

    private HadoopFileSystem(
            String host, URI uri, org.apache.hadoop.fs.FileSystem files, @Nullable FileContext context) {
        this.host = host;
        this.uri = uri;
        this.files = files;
        this.context = context;
    }

    /**
     * Opens a file system and asks it something, so that one that does not answer is not taken for an empty one.
     *
     * @param host scheme, {@code ://}, and host
     */
    static HadoopFileSystem open(String host, Configuration configuration) throws IOException {
        URI uri = URI.create(host + SEPARATOR);
        org.apache.hadoop.fs.FileSystem files = org.apache.hadoop.fs.FileSystem.get(uri, configuration);
        try {
            files.getFileStatus(new org.apache.hadoop.fs.Path(uri));
        } catch (AccessControlException e) {
            // It answers; folders below may be open to this user.
        }
        return new HadoopFileSystem(host, uri, files, context(uri, configuration));
    }

    /** What renames in one step where something is replaced; not all have it. */
    private static @Nullable FileContext context(URI uri, Configuration configuration) {
        try {
            return FileContext.getFileContext(uri, configuration);
        } catch (UnsupportedFileSystemException | RuntimeException e) {
            return null;
        }
    }

    /** Scheme, {@code ://} and host. */
    String host() {
        return host;
    }

    URI uri() {
        return uri;
    }

    org.apache.hadoop.fs.FileSystem files() {
        return files;
    }

    @Nullable
    FileContext context() {
        return context;
    }

    @Override
    public HadoopPath getPath(String first, String... more) {
        StringBuilder text = new StringBuilder(first.startsWith(host) ? first.substring(host.length()) : first);
        if (first.equals(host)) {
            text.append(SEPARATOR);
        }
        for (String part : more) {
            text.append(text.isEmpty() ? "" : SEPARATOR).append(part);
        }
        List<String> names = new ArrayList<>();
        for (String name : text.toString().split(SEPARATOR, -1)) {
            if (!name.isEmpty()) {
                names.add(name);
            }
        }
        return new HadoopPath(this, !text.isEmpty() && text.charAt(0) == '/', names, null);
    }

    @Override
    public HadoopFileSystemProvider provider() {
        return HadoopFileSystemProvider.INSTANCE;
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException("it is shared by all of the process");
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public String getSeparator() {
        return SEPARATOR;
    }

    @Override
    public Iterable<Path> getRootDirectories() {
        return List.of(getPath(SEPARATOR));
    }

    @Override
    public Iterable<FileStore> getFileStores() {
        return List.of();
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
        return Set.of("basic");
    }

    /** Matches as paths of this machine do, by their text without the host. */
    @Override
    public PathMatcher getPathMatcher(String syntaxAndPattern) {
        PathMatcher local = FileSystems.getDefault().getPathMatcher(syntaxAndPattern);
        return path -> local.matches(Path.of(path.toString().replace(host, "")));
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
        throw new UnsupportedOperationException("users of " + host);
    }

    @Override
    public WatchService newWatchService() {
        throw new UnsupportedOperationException("watching " + host);
    }

    @Override
    public String toString() {
        return host;
    }
}
