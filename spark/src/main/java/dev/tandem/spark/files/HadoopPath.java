package dev.tandem.spark.files;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.FileStatus;
import org.jspecify.annotations.Nullable;

/**
 * A path on one of Hadoop's file systems. The text of an absolute one is scheme, host and path, nothing escaped. One that
 * comes from a listing of its folder keeps what the listing had of it: asking again would be a round trip each.
 */
final class HadoopPath implements Path {
    private final HadoopFileSystem fileSystem;
    private final boolean absolute;
    private final List<String> names;
    private final @Nullable FileStatus listed;

    HadoopPath(HadoopFileSystem fileSystem, boolean absolute, List<String> names, @Nullable FileStatus listed) {
        this.fileSystem = fileSystem;
        this.absolute = absolute;
        this.names = List.copyOf(names);
        this.listed = listed;
    }

    static HadoopPath of(Path path) {
        if (path instanceof HadoopPath known) {
            return known;
        }
        throw new ProviderMismatchException(path + " is on no file system of Hadoop's");
    }

    /** The entry of this folder that a listing found. */
    HadoopPath entry(FileStatus status) {
        List<String> all = new ArrayList<>(names);
        all.add(status.getPath().getName());
        return new HadoopPath(fileSystem, absolute, all, status);
    }

    /** What a listing had of it; null if it comes from none. */
    @Nullable
    FileStatus listed() {
        return listed;
    }

    org.apache.hadoop.fs.Path hadoop() {
        URI uri = fileSystem.uri();
        return new org.apache.hadoop.fs.Path(
                uri.getScheme(),
                uri.getAuthority(),
                HadoopFileSystem.SEPARATOR + String.join(HadoopFileSystem.SEPARATOR, names));
    }

    private HadoopPath with(boolean rooted, List<String> parts) {
        return new HadoopPath(fileSystem, rooted, parts, null);
    }

    @Override
    public HadoopFileSystem getFileSystem() {
        return fileSystem;
    }

    @Override
    public boolean isAbsolute() {
        return absolute;
    }

    @Override
    public @Nullable Path getRoot() {
        return absolute ? with(true, List.of()) : null;
    }

    @Override
    public @Nullable Path getFileName() {
        return names.isEmpty() ? null : with(false, names.subList(names.size() - 1, names.size()));
    }

    @Override
    public @Nullable Path getParent() {
        int count = names.size() - 1;
        return count < 0 || count == 0 && !absolute ? null : with(absolute, names.subList(0, count));
    }

    @Override
    public int getNameCount() {
        return names.size();
    }

    @Override
    public Path getName(int index) {
        return subpath(index, index + 1);
    }

    @Override
    public Path subpath(int from, int to) {
        if (from < 0 || to <= from || to > names.size()) {
            throw new IllegalArgumentException("names " + from + " to " + to + " of " + this);
        }
        return with(false, names.subList(from, to));
    }

    @Override
    public boolean startsWith(Path other) {
        return other instanceof HadoopPath path
                && path.fileSystem == fileSystem
                && path.absolute == absolute
                && (absolute || path.names.isEmpty() == names.isEmpty())
                && path.names.size() <= names.size()
                && names.subList(0, path.names.size()).equals(path.names);
    }

    @Override
    public boolean endsWith(Path other) {
        if (!(other instanceof HadoopPath path) || path.fileSystem != fileSystem) {
            return false;
        }
        int from = names.size() - path.names.size();
        return path.absolute
                ? equals(path)
                : from >= 0 && names.subList(from, names.size()).equals(path.names);
    }

    @Override
    public Path normalize() {
        List<String> kept = new ArrayList<>();
        for (String name : names) {
            boolean up = name.equals("..");
            if (up && !kept.isEmpty() && !kept.get(kept.size() - 1).equals("..")) {
                kept.remove(kept.size() - 1);
            } else if (!name.equals(".") && !(up && absolute)) {
                kept.add(name);
            }
        }
        return with(absolute, kept);
    }

    @Override
    public Path resolve(Path other) {
        HadoopPath path = of(other);
        if (path.absolute) {
            return path;
        }
        List<String> all = new ArrayList<>(names);
        all.addAll(path.names);
        return with(absolute, all);
    }

    @Override
    public Path relativize(Path other) {
        HadoopPath path = of(other);
        if (path.fileSystem != fileSystem || path.absolute != absolute) {
            throw new IllegalArgumentException(other + " and " + this + " have no path between them");
        }
        int common = 0;
        while (common < Math.min(names.size(), path.names.size())
                && names.get(common).equals(path.names.get(common))) {
            common++;
        }
        List<String> way = new ArrayList<>();
        for (int i = common; i < names.size(); i++) {
            way.add("..");
        }
        way.addAll(path.names.subList(common, path.names.size()));
        return with(false, way);
    }

    @Override
    public URI toUri() {
        URI uri = fileSystem.uri();
        String path = HadoopFileSystem.SEPARATOR + String.join(HadoopFileSystem.SEPARATOR, names);
        try {
            return new URI(uri.getScheme(), uri.getAuthority(), path, null, null);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(toString(), e);
        }
    }

    @Override
    public Path toAbsolutePath() {
        return absolute ? this : with(true, names);
    }

    @Override
    public Path toRealPath(LinkOption... options) throws IOException {
        Path real = toAbsolutePath().normalize();
        fileSystem.provider().checkAccess(this);
        return real;
    }

    @Override
    public WatchKey register(WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers) {
        throw new UnsupportedOperationException("watching " + this);
    }

    @Override
    public int compareTo(Path other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof HadoopPath path
                && path.fileSystem == fileSystem
                && path.absolute == absolute
                && path.names.equals(names);
    }

    @Override
    public int hashCode() {
        return 31 * names.hashCode() + Boolean.hashCode(absolute);
    }

    @Override
    public String toString() {
        String path = String.join(HadoopFileSystem.SEPARATOR, names);
        return absolute ? fileSystem.host() + HadoopFileSystem.SEPARATOR + path : path;
    }
}
