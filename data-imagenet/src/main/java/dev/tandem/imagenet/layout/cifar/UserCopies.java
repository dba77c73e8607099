package dev.tandem.imagenet.layout.cifar;

import dev.tandem.imagenet.io.Sha256;
import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.imagenet.layout.archive.BoundedStream;
import dev.tandem.imagenet.layout.archive.TarListing;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.spi.AtomicFile;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.UserCache;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * Copies, in the user's cache folder, of what cannot be read at any position: the files of a gzipped archive, and pixels
 * that are stored in another way than one image after the other. A copy is made once, and again if the file has
 * changed. It takes no memory while images are read, and several processes share it.
 */
final class UserCopies {
    private static final long MAXIMUM_UNPACKED = 1L << 30;
    private static final String COMPLETE = "complete";

    private UserCopies() {}

    /**
     * The folder that an archive is unpacked to.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) when the archive is damaged, or there is no cache folder
     */
    static Path unpacked(Path archive, Version version, ScanProgress progress) {
        Path folder = folderOf(archive, "Unpack it where it lies, such as with tar -xzf");
        if (!Files.exists(folder.resolve(COMPLETE))) {
            removeEarlier(folder);
            unpack(archive, version, folder, progress);
            AtomicFile.write(folder.resolve(COMPLETE), new byte[0]);
        }
        return folder;
    }

    /** A file of the pixels of a batch, one image after the other, which {@code pixels} makes if it is not there. */
    static Path pixels(Path batch, Supplier<byte[]> pixels) {
        Path folder = folderOf(batch, "Use the official files, whose pixels lie one image after the other");
        Path copy = folder.resolve("pixels");
        if (!Files.exists(copy)) {
            removeEarlier(folder);
            AtomicFile.write(copy, pixels.get());
        }
        return copy;
    }

    /** The folder of a file's copies: by its path, and by its length and time, and called as it is, for messages. */
    private static Path folderOf(Path file, String advice) {
        Path absolute = file.toAbsolutePath().normalize();
        if (file.getFileSystem() != FileSystems.getDefault()) {
            throw CifarFile.invalid(
                    file, "it lies on another file system, and has to be copied", "a copy", "no copy", advice);
        }
        Path cache = UserCache.folder()
                .orElseThrow(() -> CifarFile.invalid(
                        file, "it has to be copied, and there is no cache folder", "none", "XDG_CACHE_HOME", advice));
        String path = new Sha256().add(absolute.toString()).hex().substring(0, 16);
        String state = new Sha256()
                .add(ImageFiles.length(file))
                .add(ImageFiles.changed(file))
                .hex()
                .substring(0, 16);
        return cache.resolve("cifar")
                .resolve(path)
                .resolve(state)
                .resolve(file.getFileName().toString());
    }

    /** Removes the copies of what the file was before. */
    private static void removeEarlier(Path folder) {
        Path now = folder.getParent();
        if (!Files.isDirectory(now.getParent())) {
            return;
        }
        try (Stream<Path> all = Files.walk(now.getParent())) {
            List<Path> earlier = all.filter(path -> !path.equals(now.getParent()) && !path.startsWith(now))
                    .sorted(Comparator.reverseOrder())
                    .toList();
            for (Path path : earlier) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw CifarFile.unreadable(now.getParent(), e);
        }
    }

    private static void unpack(Path archive, Version version, Path folder, ScanProgress progress) {
        Set<String> seen = new HashSet<>();
        List<String> wanted = Stream.concat(version.batches().stream(), Stream.of(version.names))
                .toList();
        String shown = "unpacking of " + archive.getFileName();
        try (SeekableByteChannel file = Files.newByteChannel(archive);
                InputStream raw = new BufferedInputStream(Channels.newInputStream(file), 1 << 16);
                InputStream plain = new BoundedStream(new GZIPInputStream(raw, 1 << 16), MAXIMUM_UNPACKED);
                TarArchiveInputStream tar = new TarArchiveInputStream(plain)) {
            int all = (int) (file.size() >> 20);
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                TarListing.requireSafe(entry, archive.toString());
                String name = TarListing.baseName(entry.getName());
                if (!entry.isFile() || !wanted.contains(name)) {
                    continue;
                }
                if (!seen.add(name) || entry.getSize() > Version.MAXIMUM_BYTES) {
                    throw new IOException(name + " is there twice, or longer than " + Version.MAXIMUM_BYTES + " bytes");
                }
                long length = entry.getSize();
                AtomicFile.write(folder.resolve(name), channel -> copy(tar, length, channel));
                progress.checked(shown, (int) (file.position() >> 20), all);
            }
            // Only at its end a gzipped stream tells whether its bytes are those that were compressed.
            plain.transferTo(OutputStream.nullOutputStream());
            progress.checked(shown, all, all);
        } catch (FileSystemException e) {
            throw CifarFile.unreadable(archive, e);
        } catch (IOException | IllegalArgumentException e) {
            throw damaged(archive, e);
        } catch (TandemException e) {
            // A file of the copy is not written if the archive ends.
            throw e.getCause() instanceof DamagedArchive ? damaged(archive, e.getCause()) : e;
        }
    }

    /** Tells an archive that cannot be read from a copy that cannot be written. */
    private static final class DamagedArchive extends IOException {
        private static final long serialVersionUID = 1L;

        DamagedArchive(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }

    private static void copy(InputStream in, long length, SeekableByteChannel out) throws IOException {
        byte[] buffer = new byte[1 << 16];
        for (long left = length; left > 0; ) {
            int read;
            try {
                read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
            } catch (IOException e) {
                throw new DamagedArchive(e);
            }
            if (read < 0) {
                throw new DamagedArchive(new IOException("it is cut off"));
            }
            ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, read);
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            left -= read;
        }
    }

    private static TandemException damaged(Path archive, Throwable e) {
        return TandemException.failure(
                ErrorCode.INVALID_DATA,
                "archive " + archive,
                "it is damaged, or no gzipped tar: " + e.getMessage(),
                "Compare its checksum with the published one, and download it again",
                e);
    }
}
