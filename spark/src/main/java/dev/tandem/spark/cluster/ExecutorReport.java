package dev.tandem.spark.cluster;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import com.sun.management.OperatingSystemMXBean;
import dev.tandem.runtime.Tandem;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import java.io.Serializable;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;

/**
 * What an executor is, and whether it can compute.
 *
 * @param host its machine, or pod, as Spark calls it
 * @param executor its number in the application
 * @param java the version of its Java, such as 17.0.15
 * @param tandem the version of Tandem there
 * @param cores that a task has
 * @param processors of the machine or container
 * @param heapBytes the most that its Java heap may take
 * @param memoryBytes of the machine or container
 * @param packingBytesPerSecond as {@link PackingRate} has it
 * @param devices that its backend has, in words
 * @param problem why it cannot compute; empty if it can
 */
@DefaultSerializer(JavaSerializer.class)
public record ExecutorReport(
        String host,
        String executor,
        String java,
        String tandem,
        int cores,
        int processors,
        long heapBytes,
        long memoryBytes,
        double packingBytesPerSecond,
        List<String> devices,
        String problem)
        implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Of the executor that runs this. Opens the backend of {@code configuration} and tries each device. */
    static ExecutorReport here(String configuration) {
        SparkEnv environment = SparkEnv.get();
        List<String> devices = List.of();
        String problem = "";
        try {
            Tandem tandem = ExecutorTandem.of(configuration);
            devices = tandem.devices().stream().map(Device::toString).toList();
            tandem.devices().forEach(ExecutorReport::tryOut);
        } catch (RuntimeException | LinkageError e) {
            problem = e.getMessage() == null ? e.toString() : e.getMessage();
        }
        return new ExecutorReport(
                environment.blockManager().blockManagerId().host(),
                environment.executorId(),
                System.getProperty("java.version"),
                TandemVersion.number(),
                TaskContext.get().cpus(),
                Runtime.getRuntime().availableProcessors(),
                Runtime.getRuntime().maxMemory(),
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize(),
                PackingRate.bytesPerSecond(),
                devices,
                problem);
    }

    private static void tryOut(Device device) {
        try (Tensor a = device.tensor(Shape.of(2, 2), 1, 2, 3, 4);
                Tensor b = device.tensor(Shape.of(2, 2), 5, 6, 7, 8);
                Tensor product = device.matrices().product(a, false, b, false)) {
            float[] found = product.read();
            if (!Arrays.equals(found, new float[] {19, 22, 43, 50})) {
                throw new IllegalStateException(device + " multiplies wrongly: [1 2, 3 4] by [5 6, 7 8] gave "
                        + Arrays.toString(found) + ", expected [19, 22, 43, 50]");
            }
        }
    }

    /** The number of its Java, such as 17. */
    int javaFeature() {
        return Runtime.Version.parse(java).feature();
    }
}
