package dev.tandem.imagenet.shard;

import dev.tandem.imagenet.io.ChecksummedFile;
import dev.tandem.imagenet.statistics.PixelSums;
import dev.tandem.spi.AtomicFile;
import dev.tandem.spi.TandemException;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a finished shard adds to the manifest, kept until all are finished, so that a packing that was killed goes on.
 *
 * @param counts images a class
 * @param sums of the training images; absent for other splits
 */
record ShardPart(
        Manifest.Shard shard,
        List<Integer> counts,
        List<Manifest.Note> quarantined,
        List<Manifest.Note> odd,
        Optional<PixelSums> sums) {
    private static final long MAGIC = 0x544e_444d_5041_5254L; // "TNDMPART"
    private static final long MAXIMUM_BYTES = 1L << 30;

    /** Writes it into {@code path} by way of {@code temporary}. */
    void write(Path path, Path temporary) {
        AtomicFile.write(path, temporary, ChecksummedFile.bytes(MAGIC, this::write));
    }

    /** The part that was kept, if it and the shard are whole. */
    static Optional<ShardPart> read(Path path, Path directory, int classes) {
        try {
            ShardPart part = ChecksummedFile.read(path, MAGIC, MAXIMUM_BYTES, ShardPart::read);
            boolean whole = part.counts.size() == classes
                    && Files.size(directory.resolve(part.shard.file())) == part.shard.bytes()
                    && Files.isRegularFile(directory.resolve(part.shard.index()));
            return whole ? Optional.of(part) : Optional.empty();
        } catch (IOException | TandemException e) {
            // Missing or damaged is the same: the shard is written again.
            return Optional.empty();
        }
    }

    private void write(DataOutputStream out) throws IOException {
        out.writeUTF(shard.file());
        out.writeUTF(shard.split());
        out.writeInt(shard.images());
        out.writeLong(shard.bytes());
        out.writeUTF(shard.sha256());
        out.writeUTF(shard.indexSha256());
        out.writeInt(counts.size());
        for (int count : counts) {
            out.writeInt(count);
        }
        write(quarantined, out);
        write(odd, out);
        out.writeBoolean(sums.isPresent());
        if (sums.isPresent()) {
            sums.get().write(out);
        }
    }

    private static void write(List<Manifest.Note> notes, DataOutputStream out) throws IOException {
        out.writeInt(notes.size());
        for (Manifest.Note note : notes) {
            out.writeUTF(note.split());
            out.writeUTF(note.file());
            out.writeUTF(note.reason());
        }
    }

    private static ShardPart read(DataInputStream in) throws IOException {
        String file = in.readUTF();
        Manifest.Shard shard = new Manifest.Shard(
                file, in.readUTF(), in.readInt(), in.readLong(), in.readUTF(), ShardIndex.nameOf(file), in.readUTF());
        int classes = in.readInt();
        if (classes < 0 || classes > in.available()) {
            throw new IOException(classes + " classes do not fit");
        }
        List<Integer> counts = new ArrayList<>();
        for (int i = 0; i < classes; i++) {
            counts.add(in.readInt());
        }
        List<Manifest.Note> quarantined = readNotes(in);
        List<Manifest.Note> odd = readNotes(in);
        return new ShardPart(
                shard, counts, quarantined, odd, in.readBoolean() ? Optional.of(PixelSums.read(in)) : Optional.empty());
    }

    private static List<Manifest.Note> readNotes(DataInputStream in) throws IOException {
        List<Manifest.Note> notes = new ArrayList<>();
        int count = in.readInt();
        for (int i = 0; i < count; i++) {
            notes.add(new Manifest.Note(in.readUTF(), in.readUTF(), in.readUTF()));
        }
        return notes;
    }
}
