package dev.tandem.spark.pack;

import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.shard.ShardTask;
import dev.tandem.spark.files.HadoopSettings;
import dev.tandem.spi.TandemException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.VoidFunction;
import org.apache.spark.util.LongAccumulator;

/** Writes one shard with the cores that its task has. */
final class PackTask implements VoidFunction<byte[]> {
    private static final long serialVersionUID = 1L;

    private final HadoopSettings settings;
    private final EnumMap<Split, LongAccumulator> done;

    PackTask(HadoopSettings settings, Map<Split, LongAccumulator> done) {
        this.settings = settings;
        this.done = new EnumMap<>(done);
    }

    @Override
    public void call(byte[] bytes) {
        settings.use();
        TaskContext context = TaskContext.get();
        ShardTask task = ShardTask.of(bytes);
        try {
            task.run(context.cpus(), (split, images) -> {
                if (context.isInterrupted()) {
                    throw new CancellationException("another attempt was sooner, or the job was ended");
                }
                done.get(split).add(images);
            });
        } catch (TandemException e) {
            throw TandemException.failure(e.code(), task.file() + " on " + host(), e.getMessage(), "", e);
        }
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "a host without a name";
        }
    }
}
