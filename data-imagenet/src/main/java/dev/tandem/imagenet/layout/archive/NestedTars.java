package dev.tandem.imagenet.layout.archive;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Lists many tars that lie in one. Elsewhere than on this machine each header is a round trip; there, several are listed
 * at once.
 */
public final class NestedTars {
    private static final int AT_ONCE = 32;

    private NestedTars() {}

    /** A file or a tar, and where its bytes lie in the outermost archive. */
    public record Nested(String name, long offset, long length) {}

    /** Receives what each tar has, in the order of the tars. */
    public interface Visitor {
        void tar(int index, List<Nested> files);
    }

    /**
     * Lists {@code tars}, each as {@link TarListing#listNested} does.
     *
     * @throws TandemException as there
     */
    public static void list(Path archive, List<Nested> tars, Visitor visitor) {
        int threads = archive.getFileSystem() == FileSystems.getDefault() ? 1 : AT_ONCE;
        ExecutorService pool = Executors.newFixedThreadPool(threads, job -> {
            Thread thread = new Thread(job, "tandem-listing");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Future<List<Nested>>> listed = new ArrayList<>();
            for (Nested tar : tars) {
                listed.add(pool.submit(() -> files(archive, tar)));
            }
            for (int i = 0; i < listed.size(); i++) {
                visitor.tar(i, await(archive, listed.set(i, null)));
            }
        } finally {
            pool.shutdownNow();
        }
    }

    private static List<Nested> files(Path archive, Nested tar) {
        List<Nested> files = new ArrayList<>();
        TarListing.listNested(
                archive,
                tar.name(),
                tar.offset(),
                tar.length(),
                (name, offset, length) -> files.add(new Nested(name, offset, length)));
        return files;
    }

    private static List<Nested> await(Path archive, Future<List<Nested>> listed) {
        try {
            return listed.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof TandemException known) {
                throw known;
            }
            throw new IllegalStateException("listing " + archive, e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT, "archive " + archive, "its listing was interrupted", "", e);
        }
    }
}
