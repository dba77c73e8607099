package dev.tandem.imagenet.shard;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.imagenet.io.Sha256;
import dev.tandem.spi.AtomicFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * Writes one shard in WebDataset's convention, {@code KEY.jpg} (or {@code .ppm}), {@code KEY.cls} and {@code KEY.json}
 * one after the other, and its index. Both appear in their place when they are whole.
 */
final class ShardWriter implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final PackTarget target;
    private final Path temporary;
    private final Manifest.Shard named;
    private final String extension;
    private final SeekableByteChannel channel;
    private final MessageDigest digest = Sha256.digest();
    private final BufferedOutputStream buffered;
    private final TarArchiveOutputStream tar;
    private final StringBuilder index = new StringBuilder();
    private final Map<String, Integer> keys = new HashMap<>();
    private int images;

    /** Begins a shard. */
    ShardWriter(PackTarget target, PackPlan.Shard shard) throws IOException {
        this.target = target;
        String file = shard.file();
        this.named = new Manifest.Shard(file, shard.split().folder(), 0, 0, "", ShardIndex.nameOf(file), "");
        this.extension = target.options().encoding().extension();
        this.temporary = target.temporaryFor(file);
        this.channel = Files.newByteChannel(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        this.buffered = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 18);
        this.tar = new TarArchiveOutputStream(new DigestOutputStream(buffered, digest), StandardCharsets.UTF_8.name());
        tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
        tar.setAddPaxHeadersForNonAsciiNames(true);
    }

    /** Adds an image. */
    void add(String key, PackedImage image, int label, String className) throws IOException {
        int times = keys.merge(key, 1, Integer::sum);
        // Files that differ in their extensions only would become one sample.
        String unique = times == 1 ? key : key + "-" + times;
        long offset = put(unique + "." + extension, image.encoded());
        put(unique + ".cls", Integer.toString(label).getBytes(StandardCharsets.US_ASCII));
        Map<String, Object> sample = new LinkedHashMap<>();
        sample.put("file", image.file());
        sample.put("split", named.split());
        sample.put("class", className);
        sample.put("label", label);
        sample.put("format", image.info().format().name());
        sample.put("width", image.info().width());
        sample.put("height", image.info().height());
        put(unique + ".json", JSON.writeValueAsBytes(sample));
        index.append(new ShardIndex.Line(
                unique,
                label,
                offset,
                image.encoded().length,
                image.info().width(),
                image.info().height(),
                image.file()));
        images++;
    }

    private long put(String name, byte[] bytes) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(bytes.length);
        entry.setModTime(0);
        entry.setMode(0644);
        tar.putArchiveEntry(entry);
        long offset = tar.getBytesWritten();
        tar.write(bytes);
        tar.closeArchiveEntry();
        return offset;
    }

    /** Ends the shard, syncs it and puts it and its index in their places. */
    Manifest.Shard finish() throws IOException {
        tar.finish();
        // The tar's own flush stops short of the stream below it.
        buffered.flush();
        if (channel instanceof FileChannel local) {
            local.force(true);
        }
        long bytes = tar.getBytesWritten();
        tar.close();
        byte[] lines = index.toString().getBytes(StandardCharsets.UTF_8);
        AtomicFile.write(target.directory().resolve(named.index()), target.temporaryFor(named.index()), lines);
        AtomicFile.replace(temporary, target.directory().resolve(named.file()));
        return new Manifest.Shard(
                named.file(), named.split(), images, bytes, Sha256.hex(digest), named.index(), Sha256.of(lines));
    }

    /** Leaves the shard; what was written of it is removed. */
    @Override
    public void close() throws IOException {
        channel.close();
        Files.deleteIfExists(temporary);
    }
}
