package dev.tandem.nn.data;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reserves a folder for one process while it writes there. The lock is the operating system's, on a file in the folder.
 * The system releases it when the process ends, however it ends. The file contains the process that holds the lock.
 *
 * <p>If the file system has no locks, other processes are not locked out, and a warning is logged. This is so for all that
 * are not of this machine.
 */
public final class FolderLock implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FolderLock.class);
    private static final int MOST_BYTES = 4096;
    private static final int MOST_COMMAND = 500;
    /** A process that only asks whether the folder is locked holds the lock for a moment. */
    private static final int ATTEMPTS = 10;

    private static final long BETWEEN_MILLIS = 50;

    /**
     * What this process holds: closing any channel of a locked file would release the system's lock, so a file that is
     * here is never opened again.
     */
    private static final Map<Path, Holder> HELD = new HashMap<>();

    private final Path file;
    private final @Nullable FileChannel channel;

    /**
     * A process that holds a lock.
     *
     * @param process its number
     * @param host the machine it runs on
     * @param since when it took the lock, in UTC
     * @param command what it was called with
     */
    public record Holder(String process, String host, String since, String command) {
        private static Holder self() {
            String command = System.getProperty("sun.java.command", "").replaceFirst("^\\S+\\s*", "");
            return new Holder(
                    Long.toString(ProcessHandle.current().pid()),
                    localHost(),
                    Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
                    command.length() > MOST_COMMAND ? command.substring(0, MOST_COMMAND) + "..." : command);
        }

        private static String localHost() {
            try {
                return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
            } catch (IOException e) {
                return Optional.ofNullable(System.getenv("HOSTNAME")).orElse("this host");
            }
        }

        /** Reads one field a line; other lines are ignored. */
        private static Holder parse(String text) {
            List<String> lines = new ArrayList<>(Arrays.asList(text.split("\n", 5)));
            lines.replaceAll(line -> line.replaceAll("\\p{Cntrl}", "?"));
            while (lines.size() < 4) {
                lines.add("unknown");
            }
            return new Holder(lines.get(0), lines.get(1), lines.get(2), lines.get(3));
        }

        private String text() {
            return String.join("\n", process, host, since, command.replaceAll("\\p{Cntrl}", " ")) + "\n";
        }

        @Override
        public String toString() {
            return "process " + process + " on " + host + ", since " + since
                    + (command.isEmpty() ? "" : " (" + command + ")");
        }
    }

    private FolderLock(Path file, @Nullable FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Locks the folder of {@code file}. The file is created if it is missing, and kept.
     *
     * @param operation what the folder is used for; begins the messages of errors
     * @throws TandemException ({@link ErrorCode#INVALID_ARGUMENT}) naming the process that holds the lock; ({@link
     *     ErrorCode#INPUT_OUTPUT}) if the file cannot be written
     */
    public static FolderLock acquire(Path file, String operation) {
        try {
            Path real = real(file);
            synchronized (HELD) {
                if (HELD.containsKey(real)) {
                    throw held(operation, file, HELD.get(real));
                }
                if (!isLocal(real)) {
                    warn(real, "its file system has no locks");
                    HELD.put(real, Holder.self());
                    return new FolderLock(real, null);
                }
                FileChannel channel = open(real);
                Holder holder = null;
                try {
                    if (!lock(channel, real)) {
                        throw held(operation, file, read(channel));
                    }
                    holder = Holder.self();
                    write(channel, holder.text());
                } finally {
                    if (holder == null) {
                        channel.close();
                    }
                }
                HELD.put(real, holder);
                return new FolderLock(real, channel);
            }
        } catch (IOException e) {
            throw unusable(operation, file, e);
        }
    }

    /**
     * The process that holds the lock of {@code file}; empty if there is no such file. Nothing is written, and any number
     * of processes may ask at once.
     *
     * @throws TandemException ({@link ErrorCode#INPUT_OUTPUT}) if the file cannot be read
     */
    public static Optional<Holder> holder(Path file, String operation) {
        try {
            if (!isLocal(file)) {
                synchronized (HELD) {
                    return Optional.ofNullable(HELD.get(real(file)));
                }
            }
            // A holder has written its name there: most files are empty, and need not be opened.
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) == 0) {
                return Optional.empty();
            }
            Path real = real(file);
            synchronized (HELD) {
                if (HELD.containsKey(real)) {
                    return Optional.of(HELD.get(real));
                }
                try (FileChannel channel = FileChannel.open(real, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
                    return locked(channel);
                }
            }
        } catch (NoSuchFileException removed) {
            return Optional.empty();
        } catch (IOException e) {
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT, operation, file + " cannot be read: " + e, "Make it readable", e);
        }
    }

    private static Path real(Path file) throws IOException {
        return file.toAbsolutePath().getParent().toRealPath().resolve(file.getFileName());
    }

    private static boolean isLocal(Path file) {
        return file.getFileSystem() == FileSystems.getDefault();
    }

    private static void warn(Path real, String reason) {
        LOG.warn("{} cannot be locked ({}): take care that no two processes write there", real.getParent(), reason);
    }

    private static FileChannel open(Path real) throws IOException {
        return FileChannel.open(
                real,
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                LinkOption.NOFOLLOW_LINKS);
    }

    /** Locks what lies behind the text: Windows lets no other process read a locked part. */
    private static @Nullable FileLock region(FileChannel channel, boolean shared) throws IOException {
        return channel.tryLock(MOST_BYTES, Long.MAX_VALUE - MOST_BYTES, shared);
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            boolean locked = region(channel, false) != null;
            for (int attempt = 1; !locked && attempt < ATTEMPTS; attempt++) {
                Thread.sleep(BETWEEN_MILLIS);
                locked = region(channel, false) != null;
            }
            return locked;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Whether this process has the lock; also true if the file system has no locks. */
    private static boolean lock(FileChannel channel, Path real) {
        try {
            return tryLock(channel);
        } catch (IOException e) {
            warn(real, e.toString());
            return true;
        }
    }

    /** The process that the file contains; without locks of the file system, it may be one that was killed. */
    private static Optional<Holder> locked(FileChannel channel) throws IOException {
        try {
            // A shared lock: those who ask at the same time do not take each other for the holder.
            boolean isFree = region(channel, true) != null;
            return isFree ? Optional.empty() : Optional.of(read(channel));
        } catch (IOException e) {
            return channel.size() == 0 ? Optional.empty() : Optional.of(read(channel));
        }
    }

    private static Holder read(FileChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(MOST_BYTES);
        channel.read(bytes, 0);
        return Holder.parse(new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8));
    }

    private static void write(FileChannel channel, String text) throws IOException {
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
    }

    private static TandemException held(String operation, Path file, Holder holder) {
        return TandemException.argument(
                operation,
                file.toAbsolutePath().getParent() + " is in use",
                holder,
                "no other process",
                "Wait until it has ended, or choose another folder");
    }

    private static TandemException unusable(String operation, Path file, IOException e) {
        return TandemException.failure(
                ErrorCode.INPUT_OUTPUT,
                operation,
                file + " cannot be locked: " + e,
                "Make its folder writable, and leave no link in its place",
                e);
    }

    /** Gives the folder back; the file stays, empty. */
    @Override
    public void close() {
        synchronized (HELD) {
            HELD.remove(file);
            try (channel) {
                if (channel != null && channel.isOpen()) {
                    channel.truncate(0);
                }
            } catch (IOException e) {
                LOG.warn("{} could not be emptied: {}", file, e.toString());
            }
        }
    }
}
