package dev.tandem.spark.files;

import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/**
 * What a driver has set of Hadoop beyond its files of defaults, such as the keys of an object store. Travels with tasks.
 * Where none was brought, the entries {@code spark.hadoop.*} of Spark's configuration are in force.
 */
public final class HadoopSettings implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final String PREFIX = "spark.hadoop.";

    private static volatile @Nullable Configuration inForce;

    private final TreeMap<String, String> changed;

    private HadoopSettings(TreeMap<String, String> changed) {
        this.changed = changed;
    }

    /** The settings of a driver. */
    public static HadoopSettings of(SparkContext spark) {
        Configuration plain = new Configuration();
        TreeMap<String, String> changed = new TreeMap<>();
        for (Map.Entry<String, String> entry : spark.hadoopConfiguration()) {
            if (!entry.getValue().equals(plain.getRaw(entry.getKey()))) {
                changed.put(entry.getKey(), entry.getValue());
            }
        }
        return new HadoopSettings(changed);
    }

    /** Puts these in force in this process, for file systems that are opened from now on. */
    public void use() {
        Configuration configuration = new Configuration();
        changed.forEach(configuration::set);
        inForce = configuration;
    }

    /** The configuration in force in this process. */
    static Configuration configuration() {
        Configuration brought = inForce;
        if (brought != null) {
            return brought;
        }
        Configuration configuration = new Configuration();
        SparkEnv environment = SparkEnv.get();
        if (environment != null) {
            for (Tuple2<String, String> entry : environment.conf().getAllWithPrefix(PREFIX)) {
                configuration.set(entry._1(), entry._2());
            }
        }
        return configuration;
    }
}
