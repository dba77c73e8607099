package dev.tandem.imagenet.shard;

import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.spi.Locations;
import dev.tandem.spi.TandemException;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Where all shards of a packing go and what is alike in them.
 *
 * @param directory the folder of the shards
 * @param digest of the plan
 * @param classNames in the order of their labels
 */
record PackTarget(Path directory, String digest, List<String> classNames, PackOptions options, ImageOptions images) {
    /** The folder of what only an unfinished packing needs, in that of the shards. */
    static final String WORK = ".pack";
    /** What a finished shard's file in the work folder is called, behind the shard's own name. */
    static final String PART = ".part";

    static final String TEMPORARY = ".tmp";

    static Path workIn(Path directory) {
        return directory.resolve(WORK);
    }

    static Path planIn(Path directory) {
        return workIn(directory).resolve("plan");
    }

    /** Where what is finished of a shard is kept. */
    Path partOf(PackPlan.Shard shard) {
        return workIn(directory).resolve(shard.file() + PART);
    }

    /** A name for what becomes {@code file}; no attempt of any machine has the same. */
    Path temporaryFor(String file) {
        return workIn(directory).resolve(file + "." + UUID.randomUUID() + TEMPORARY);
    }

    /** What is finished of a shard, if all of it is there. */
    Optional<ShardPart> finished(PackPlan.Shard shard) {
        return ShardPart.read(partOf(shard), directory, classNames.size());
    }

    /**
     * Refuses a machine that does not see the folder in which the packing was begun.
     *
     * @throws TandemException if it is not there, or another packing's
     */
    void requireHere() throws IOException {
        Path plan = planIn(directory);
        if (!Files.isRegularFile(plan)
                || !Files.readString(plan, StandardCharsets.US_ASCII).equals(digest)) {
            throw TandemException.argument(
                    Packing.OPERATION,
                    "the folder of the shards is another one on this machine, or none",
                    directory,
                    "a folder that all machines see",
                    "Choose one of a file system that they share, such as hdfs:// or s3a://, or a mounted one");
        }
    }

    void write(DataOutputStream out) throws IOException {
        out.writeUTF(directory.toString());
        out.writeUTF(digest);
        out.writeInt(classNames.size());
        for (String name : classNames) {
            out.writeUTF(name);
        }
        out.writeInt(options.side());
        out.writeBoolean(options.square());
        out.writeUTF(options.encoding().name());
        out.writeInt(options.quality());
        out.writeLong(options.seed());
        out.writeInt(options.imagesPerShard());
        out.writeBoolean(options.applyOrientation());
        out.writeLong(images.maximumPixels());
        out.writeBoolean(images.scaled());
    }

    static PackTarget read(DataInputStream in) throws IOException {
        Path directory = Locations.path(in.readUTF());
        String digest = in.readUTF();
        int classes = in.readInt();
        if (classes < 0 || classes > in.available()) {
            throw new IOException(classes + " classes do not fit");
        }
        List<String> classNames = new ArrayList<>(classes);
        for (int i = 0; i < classes; i++) {
            classNames.add(in.readUTF());
        }
        PackOptions options = new PackOptions(
                in.readInt(),
                in.readBoolean(),
                PackOptions.Encoding.valueOf(in.readUTF()),
                in.readInt(),
                in.readLong(),
                in.readInt(),
                in.readBoolean());
        ImageOptions images = new ImageOptions(Optional.of(options.orientation()), in.readLong(), in.readBoolean());
        return new PackTarget(directory, digest, List.copyOf(classNames), options, images);
    }
}
