package dev.tandem.spark.files;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.RemoteIterator;
import org.jspecify.annotations.Nullable;

/** The entries of a folder, a page at a time. */
final class HadoopDirectoryStream implements DirectoryStream<Path>, Iterator<Path> {
    private final HadoopPath folder;
    private final RemoteIterator<FileStatus> entries;
    private final Filter<? super Path> filter;
    private @Nullable Path next;
    private boolean taken;

    HadoopDirectoryStream(HadoopPath folder, RemoteIterator<FileStatus> entries, Filter<? super Path> filter) {
        this.folder = folder;
        this.entries = entries;
        this.filter = filter;
    }

    @Override
    public Iterator<Path> iterator() {
        if (taken) {
            throw new IllegalStateException("a folder's entries are gone through once");
        }
        taken = true;
        return this;
    }

    @Override
    public boolean hasNext() {
        try {
            while (next == null && entries.hasNext()) {
                Path entry = folder.entry(entries.next());
                next = filter.accept(entry) ? entry : null;
            }
            return next != null;
        } catch (IOException e) {
            throw new DirectoryIteratorException(e);
        }
    }

    @Override
    public Path next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        Path found = next;
        next = null;
        return found;
    }

    @Override
    public void close() {
        taken = true;
    }
}
