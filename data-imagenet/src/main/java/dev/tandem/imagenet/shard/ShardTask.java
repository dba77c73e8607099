package dev.tandem.imagenet.shard;

import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;

/**
 * One shard to write, with the places of its images: a task for any machine that sees the source and the folder of the
 * shards. It may be run again, also by several machines at once: the bytes are the same, and appear when they are whole.
 */
public final class ShardTask {
    private final PackTarget target;
    private final PackPlan.Shard shard;

    ShardTask(PackTarget target, PackPlan.Shard shard) {
        this.target = target;
        this.shard = shard;
    }

    /** The name of the shard's tar. */
    public String file() {
        return shard.file();
    }

    /** What the shard's images are for. */
    public Split split() {
        return shard.split();
    }

    /** How many images there are before bad ones are left out. */
    public int images() {
        return shard.images().length;
    }

    /**
     * Reads, packs and writes the shard, unless it is finished.
     *
     * @param workers decoding threads, 1 to 256
     * @param progress is told how many more images are done; what it throws ends the task
     * @throws TandemException ({@link ErrorCode#INVALID_ARGUMENT}) when this machine does not see the folder or the
     *     source; ({@link ErrorCode#INPUT_OUTPUT}) when one cannot be read or written
     */
    public void run(int workers, ObjIntConsumer<Split> progress) {
        try {
            target.requireHere();
            Path first = shard.files().path(shard.images()[0]);
            if (!Files.exists(first)) {
                throw TandemException.argument(
                        Packing.OPERATION,
                        "the images are not on this machine",
                        "no " + first,
                        "a source that all machines see",
                        "Put it on a file system that they share, such as hdfs:// or s3a://, or a mounted one");
            }
            try (PackRun run = new PackRun(target, workers, progress)) {
                run.run(List.of(shard));
            }
        } catch (IOException e) {
            throw Packing.failed(target.directory(), e);
        }
    }

    /** The task as bytes that travel. */
    public byte[] toBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            target.write(out);
            out.writeUTF(shard.file());
            out.writeUTF(shard.split().name());
            shard.files().select(shard.images()).write(out);
        } catch (IOException e) {
            throw new AssertionError("bytes are written to memory", e);
        }
        return bytes.toByteArray();
    }

    /**
     * The task of {@link #toBytes}.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) if they are not those of this version
     */
    public static ShardTask of(byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            PackTarget target = PackTarget.read(in);
            String file = in.readUTF();
            Split split = Split.valueOf(in.readUTF());
            ImageFiles files = ImageFiles.read(in);
            int[] all = IntStream.range(0, files.size()).toArray();
            return new ShardTask(target, new PackPlan.Shard(file, split, files, all));
        } catch (IOException e) {
            throw TandemException.failure(
                    ErrorCode.INVALID_DATA,
                    Packing.OPERATION,
                    "a task cannot be read: " + e.getMessage(),
                    "Use the same version of Tandem on all machines",
                    e);
        }
    }
}
