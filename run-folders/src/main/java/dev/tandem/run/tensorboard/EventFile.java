package dev.tandem.run.tensorboard;

import dev.tandem.nn.file.ProtoMessage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * An event file of one process: a record for each event, with its length and checksums, as TensorFlow's TFRecord. The
 * file is made with the first events. It is closed between appends, so that a reader finds whole records.
 */
final class EventFile {
    private static final String VERSION = "brain.Event:2";
    private static final Pattern NAME = Pattern.compile("events\\.out\\.tfevents\\.([0-9]{1,18})\\..+");
    private static final int CHECKSUM_MASK = 0xa282ead8;
    private static final int CHECKSUM_ROTATION = 15;

    private final Path folder;

    @Nullable
    private Path file;

    EventFile(Path folder) {
        this.folder = folder;
    }

    /** Whether no event file is in the folder. */
    boolean isFirst() throws IOException {
        return newest().isEmpty();
    }

    /** Appends all of {@code events}, or none of them if that fails. */
    void append(List<ProtoMessage> events) throws IOException {
        if (Files.isSymbolicLink(folder)) {
            throw new IOException(folder + " is a symbolic link, and nothing is written through one");
        }
        if (!Files.isDirectory(folder)) {
            Files.createDirectory(folder);
        }
        if (file == null) {
            file = folder.resolve(name());
        }
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            long end = channel.size();
            ByteArrayOutputStream records = new ByteArrayOutputStream();
            if (end == 0) {
                records.write(record(Events.version(VERSION).toBytes()));
            }
            for (ProtoMessage event : events) {
                records.write(record(event.toBytes()));
            }
            append(channel, ByteBuffer.wrap(records.toByteArray()), end);
        }
    }

    /** A part of a record would hide all that comes after it. */
    private static void append(FileChannel channel, ByteBuffer bytes, long end) throws IOException {
        channel.position(end);
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            try {
                channel.truncate(end);
            } catch (IOException more) {
                e.addSuppressed(more);
            }
            throw e;
        }
    }

    /** TensorBoard reads the files of a folder in the order of their names, whatever the clock shows. */
    private String name() throws IOException {
        OptionalLong newest = newest();
        long now = System.currentTimeMillis() / 1000;
        long time = newest.isPresent() ? Math.max(now, newest.getAsLong() + 1) : now;
        return "events.out.tfevents.%010d.tandem.%d"
                .formatted(time, ProcessHandle.current().pid());
    }

    /** The second in the name of the newest file. */
    private OptionalLong newest() throws IOException {
        if (!Files.isDirectory(folder)) {
            return OptionalLong.empty();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(path -> NAME.matcher(path.getFileName().toString()))
                    .filter(Matcher::matches)
                    .mapToLong(name -> Long.parseLong(name.group(1)))
                    .max();
        }
    }

    /** {@code data} as a record: its length, the length's checksum, the data, their checksum. */
    static byte[] record(byte[] data) {
        ByteBuffer record = ByteBuffer.allocate(Long.BYTES + Integer.BYTES + data.length + Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        record.putLong(data.length);
        record.putInt(checksum(record.array(), Long.BYTES));
        record.put(data);
        record.putInt(checksum(data, data.length));
        return record.array();
    }

    /** CRC-32C, masked: a checksum of bytes that hold checksums would be weak. */
    private static int checksum(byte[] bytes, int length) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, 0, length);
        return Integer.rotateRight((int) checksum.getValue(), CHECKSUM_ROTATION) + CHECKSUM_MASK;
    }
}
