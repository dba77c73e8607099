package dev.tandem.benchmarks;

import java.util.Arrays;
import java.util.Locale;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.zoo.model.AlexNet;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The AlexNet of DL4J's zoo (without groups: 62.4 million parameters), training on noise:
 * {@code java -cp ... dev.tandem.benchmarks.Dl4jAlexNet BATCH STEPS} prints the median rate in images/s.
 */
public final class Dl4jAlexNet {
    private static final int CLASSES = 1000;

    private Dl4jAlexNet() {}

    /** Times {@code STEPS} steps after a first one. */
    public static void main(String[] args) {
        int batch = Integer.parseInt(args[0]);
        int steps = Integer.parseInt(args[1]);
        MultiLayerNetwork net = AlexNet.builder().numClasses(CLASSES).build().init();
        INDArray labels = Nd4j.zeros(batch, CLASSES);
        for (int row = 0; row < batch; row++) {
            labels.putScalar(row, row % CLASSES, 1);
        }
        DataSet data = new DataSet(Nd4j.randn(batch, 3, 224, 224), labels);
        net.fit(data);
        double[] seconds = new double[steps];
        for (int i = 0; i < steps; i++) {
            long began = System.nanoTime();
            net.fit(data);
            seconds[i] = (System.nanoTime() - began) / 1e9;
        }
        Arrays.sort(seconds);
        System.out.printf(
                Locale.ROOT,
                "{\"imagesPerSecond\":%.2f,\"parameters\":%d}%n",
                batch / seconds[steps / 2],
                net.numParams());
    }
}
