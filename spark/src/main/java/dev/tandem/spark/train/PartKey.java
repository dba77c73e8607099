package dev.tandem.spark.train;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.Serializable;
import java.util.Comparator;

/** Which part of the numbers of which worker: sorted, the parts of all workers follow each other in their order. */
@DefaultSerializer(JavaSerializer.class)
record PartKey(int part, int worker) implements Serializable, Comparable<PartKey> {
    /** The part that is what a worker reports, and no numbers. */
    static final int REPORT = -1;

    private static final Comparator<PartKey> ORDER =
            Comparator.comparingInt(PartKey::part).thenComparingInt(PartKey::worker);

    @Override
    public int compareTo(PartKey other) {
        return ORDER.compare(this, other);
    }
}
