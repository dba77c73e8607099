package dev.tandem.spark.train;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import dev.tandem.nn.data.BatchPart;
import dev.tandem.spark.files.HadoopSettings;
import java.io.Serializable;

/**
 * What an executor makes its part of a run from.
 *
 * @param id of this run in this application
 * @param configuration the run's settings, as its {@code config.conf} has them
 * @param statistics of the images, as {@code TrainingStatistics.write} writes them
 * @param fingerprint of the data, which an executor must find
 * @param classes how many there are
 * @param batch images of a step, over all workers
 * @param workers how many parts a batch has
 * @param hadoop the driver's settings of file systems
 */
@DefaultSerializer(JavaSerializer.class)
record RunSpec(
        String id,
        String configuration,
        byte[] statistics,
        String fingerprint,
        int classes,
        int batch,
        int workers,
        HadoopSettings hadoop)
        implements Serializable {
    /** The rows of a worker. */
    BatchPart part(int worker) {
        return BatchPart.of(batch, worker, workers);
    }
}
