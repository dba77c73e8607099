package dev.tandem.spark.files;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.spi.FileSystemProvider;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FutureDataInputStreamBuilder;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.permission.FsAction;
import org.apache.hadoop.security.AccessControlException;
import org.jspecify.annotations.Nullable;

/** What java.nio asks of file systems, asked of Hadoop's. */
final class HadoopFileSystemProvider extends FileSystemProvider {
    static final HadoopFileSystemProvider INSTANCE = new HadoopFileSystemProvider();

    private HadoopFileSystemProvider() {}

    /** Something that is asked of Hadoop. */
    private interface Question<T> {
        T ask(org.apache.hadoop.fs.FileSystem files, org.apache.hadoop.fs.Path path) throws IOException;
    }

    /** Asks with the exceptions of java.nio. */
    private static <T> T ask(HadoopPath path, Question<T> question) throws IOException {
        try {
            return question.ask(path.getFileSystem().files(), path.hadoop());
        } catch (FileNotFoundException e) {
            throw caused(new NoSuchFileException(path.toString()), e);
        } catch (org.apache.hadoop.fs.FileAlreadyExistsException e) {
            throw caused(new FileAlreadyExistsException(path.toString()), e);
        } catch (AccessControlException e) {
            throw caused(new AccessDeniedException(path.toString(), null, e.getMessage()), e);
        }
    }

    private static IOException caused(IOException known, IOException cause) {
        known.initCause(cause);
        return known;
    }

    static FileStatus status(HadoopPath path) throws IOException {
        FileStatus listed = path.listed();
        return listed == null ? ask(path, org.apache.hadoop.fs.FileSystem::getFileStatus) : listed;
    }

    private static boolean exists(HadoopPath path) throws IOException {
        return ask(path, org.apache.hadoop.fs.FileSystem::exists);
    }

    @Override
    public String getScheme() {
        return "hadoop";
    }

    @Override
    public FileSystem newFileSystem(URI uri, Map<String, ?> env) {
        throw new UnsupportedOperationException("they are opened by their locations");
    }

    @Override
    public FileSystem getFileSystem(URI uri) {
        return getPath(uri).getFileSystem();
    }

    @Override
    public Path getPath(URI uri) {
        return new HadoopLocations().path(uri.getScheme() + "://" + uri.getAuthority() + uri.getPath());
    }

    @Override
    public SeekableByteChannel newByteChannel(
            Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
        HadoopPath file = HadoopPath.of(path);
        if (!options.contains(StandardOpenOption.WRITE)) {
            return new HadoopInput(file, ask(file, HadoopFileSystemProvider::openForRanges));
        }
        if (options.contains(StandardOpenOption.READ) || options.contains(StandardOpenOption.APPEND)) {
            throw new UnsupportedOperationException("files of " + file.getFileSystem() + " are written once: " + path);
        }
        boolean mayCreate =
                options.contains(StandardOpenOption.CREATE) || options.contains(StandardOpenOption.CREATE_NEW);
        if (!mayCreate && !exists(file)) {
            throw new NoSuchFileException(path.toString());
        }
        boolean replaces = !options.contains(StandardOpenOption.CREATE_NEW);
        return new HadoopOutput(ask(file, (files, at) -> files.create(at, replaces)));
    }

    /** Object stores then ask for no more than what is read. */
    private static FSDataInputStream openForRanges(
            org.apache.hadoop.fs.FileSystem files, org.apache.hadoop.fs.Path path) throws IOException {
        FutureDataInputStreamBuilder builder = files.openFile(path);
        builder.opt("fs.option.openfile.read.policy", "random");
        try {
            return builder.build().get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException known ? known : new IOException(e.getCause());
        }
    }

    @Override
    public InputStream newInputStream(Path path, OpenOption... options) throws IOException {
        return ask(HadoopPath.of(path), org.apache.hadoop.fs.FileSystem::open);
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(Path dir, DirectoryStream.Filter<? super Path> filter)
            throws IOException {
        HadoopPath folder = HadoopPath.of(dir);
        if (!status(folder).isDirectory()) {
            throw new NotDirectoryException(dir.toString());
        }
        return new HadoopDirectoryStream(
                folder, ask(folder, org.apache.hadoop.fs.FileSystem::listStatusIterator), filter);
    }

    @Override
    public void createDirectory(Path dir, FileAttribute<?>... attributes) throws IOException {
        HadoopPath folder = HadoopPath.of(dir);
        if (exists(folder)) {
            throw new FileAlreadyExistsException(dir.toString());
        }
        if (!ask(folder, (files, at) -> files.mkdirs(at))) {
            throw new IOException(dir + " cannot be made");
        }
    }

    @Override
    public void delete(Path path) throws IOException {
        HadoopPath file = HadoopPath.of(path);
        FileStatus status = ask(file, org.apache.hadoop.fs.FileSystem::getFileStatus);
        if (status.isDirectory()
                && ask(file, org.apache.hadoop.fs.FileSystem::listStatusIterator)
                        .hasNext()) {
            throw new DirectoryNotEmptyException(path.toString());
        }
        if (!ask(file, (files, at) -> files.delete(at, false))) {
            throw new NoSuchFileException(path.toString());
        }
    }

    @Override
    public void copy(Path source, Path target, CopyOption... options) {
        throw new UnsupportedOperationException("copying " + source);
    }

    /**
     * In one step where the file system can replace files, as HDFS can. Elsewhere the old file is gone for a moment before
     * the new one is there.
     */
    @Override
    public void move(Path source, Path target, CopyOption... options) throws IOException {
        HadoopPath from = HadoopPath.of(source);
        HadoopPath to = HadoopPath.of(target);
        boolean replaces = List.of(options).contains(StandardCopyOption.REPLACE_EXISTING);
        FileContext context = from.getFileSystem().context();
        if (context != null) {
            Options.Rename how = replaces ? Options.Rename.OVERWRITE : Options.Rename.NONE;
            ask(from, (files, at) -> {
                context.rename(at, to.hadoop(), how);
                return at;
            });
            return;
        }
        if (!exists(from)) {
            throw new NoSuchFileException(source.toString());
        }
        if (exists(to)) {
            if (!replaces) {
                throw new FileAlreadyExistsException(target.toString());
            }
            ask(to, (files, at) -> files.delete(at, false));
        }
        if (!ask(from, (files, at) -> files.rename(at, to.hadoop()))) {
            throw new IOException(source + " cannot become " + target);
        }
    }

    @Override
    public boolean isSameFile(Path path, Path other) {
        return path.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize());
    }

    @Override
    public boolean isHidden(Path path) {
        return path.getFileName() != null && path.getFileName().toString().startsWith(".");
    }

    @Override
    public FileStore getFileStore(Path path) {
        throw new UnsupportedOperationException("the store of " + path);
    }

    @Override
    public void checkAccess(Path path, AccessMode... modes) throws IOException {
        HadoopPath file = HadoopPath.of(path);
        status(file);
        for (AccessMode mode : modes) {
            FsAction action =
                    switch (mode) {
                        case READ -> FsAction.READ;
                        case WRITE -> FsAction.WRITE;
                        case EXECUTE -> FsAction.EXECUTE;
                    };
            ask(file, (files, at) -> {
                files.access(at, action);
                return at;
            });
        }
    }

    @Override
    public <V extends FileAttributeView> @Nullable V getFileAttributeView(
            Path path, Class<V> type, LinkOption... options) {
        return type == BasicFileAttributeView.class ? type.cast(new View(HadoopPath.of(path))) : null;
    }

    private record View(HadoopPath path) implements BasicFileAttributeView {
        @Override
        public String name() {
            return "basic";
        }

        @Override
        public BasicFileAttributes readAttributes() throws IOException {
            return new HadoopAttributes(status(path));
        }

        @Override
        public void setTimes(@Nullable FileTime modified, @Nullable FileTime accessed, @Nullable FileTime created)
                throws IOException {
            ask(path, (files, at) -> {
                files.setTimes(
                        at, modified == null ? -1 : modified.toMillis(), accessed == null ? -1 : accessed.toMillis());
                return at;
            });
        }
    }

    @Override
    public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
            throws IOException {
        if (type != BasicFileAttributes.class) {
            throw new UnsupportedOperationException(type + " of " + path);
        }
        return type.cast(new HadoopAttributes(status(HadoopPath.of(path))));
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options) {
        throw new UnsupportedOperationException(attributes + " of " + path);
    }

    @Override
    public void setAttribute(Path path, String attribute, Object value, LinkOption... options) {
        throw new UnsupportedOperationException(attribute + " of " + path);
    }
}
