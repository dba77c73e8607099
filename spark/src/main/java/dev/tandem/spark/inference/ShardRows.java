package dev.tandem.spark.inference;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import dev.tandem.imagenet.shard.Manifest;
import dev.tandem.imagenet.shard.ShardImages;
import dev.tandem.imagenet.shard.Shards;
import dev.tandem.spark.files.HadoopSettings;
import dev.tandem.spi.Locations;
import dev.tandem.spi.TandemException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.TaskCompletionListener;

/** Packed shards as a DataFrame. */
public final class ShardRows {
    private static final StructType SCHEMA = new StructType()
            .add("key", DataTypes.StringType, false)
            .add("label", DataTypes.IntegerType, false)
            .add("class", DataTypes.StringType, false)
            .add("split", DataTypes.StringType, false)
            .add("content", DataTypes.BinaryType, false);

    private ShardRows() {}

    /**
     * The images of a folder of shards, a partition a shard, each of which is read from its beginning to its end: {@code
     * key: string}, {@code label: int}, {@code class: string}, {@code split: string} ({@code train}, {@code val} or {@code
     * test}) and {@code content: binary}, the encoded image.
     *
     * @param location the folder, on a file system that executors see
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_DATA}) if it holds no complete shards, or one is
     *     missing
     */
    public static Dataset<Row> of(SparkSession spark, String location) {
        Path directory = Locations.path(location).toAbsolutePath();
        Shards shards = Shards.open(directory);
        shards.requireWhole();
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        List<Integer> numbers =
                IntStream.range(0, shards.manifest().shards().size()).boxed().toList();
        List<Shard> all = shards.manifest().shards().stream().map(Shard::of).toList();
        List<String> classes = shards.manifest().classes().stream()
                .map(Manifest.PackedClass::name)
                .toList();
        Folder folder = new Folder(
                directory.toString(),
                HadoopSettings.of(context.sc()),
                context.broadcast(all.toArray(Shard[]::new)),
                context.broadcast(classes.toArray(String[]::new)));
        return spark.createDataFrame(
                context.parallelize(numbers, Math.max(1, numbers.size())).mapPartitions(folder), SCHEMA);
    }

    /** A shard of the manifest, on its way to an executor. */
    @DefaultSerializer(JavaSerializer.class)
    private record Shard(
            String file, String split, int images, long bytes, String sha256, String index, String indexSha256)
            implements Serializable {
        static Shard of(Manifest.Shard known) {
            return new Shard(
                    known.file(),
                    known.split(),
                    known.images(),
                    known.bytes(),
                    known.sha256(),
                    known.index(),
                    known.indexSha256());
        }

        Manifest.Shard known() {
            return new Manifest.Shard(file, split, images, bytes, sha256, index, indexSha256);
        }
    }

    /** Reads the shards with the numbers of a partition. */
    private record Folder(
            String directory, HadoopSettings hadoop, Broadcast<Shard[]> shards, Broadcast<String[]> classes)
            implements FlatMapFunction<Iterator<Integer>, Row> {
        @Override
        public Iterator<Row> call(Iterator<Integer> numbers) {
            if (!numbers.hasNext()) {
                return List.<Row>of().iterator();
            }
            hadoop.use();
            Shard shard = shards.value()[numbers.next()];
            String[] names = classes.value();
            ShardImages images = ShardImages.open(Locations.path(directory), shard.known(), names.length);
            TaskContext.get().addTaskCompletionListener((TaskCompletionListener) ended -> images.close());
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return images.hasNext();
                }

                @Override
                public Row next() {
                    ShardImages.Encoded image = images.next();
                    int label = image.line().label();
                    return RowFactory.create(image.line().key(), label, names[label], shard.split(), image.bytes());
                }
            };
        }
    }
}
