package dev.tandem.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PredictionTest {
    @Test
    void theLikeliestAreThoseOfASortWithEqualOnesByLabel() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int trial = 0; trial < 200; trial++) {
            int classes = 1 + random.nextInt(40);
            double[] probabilities = IntStream.range(0, classes)
                    .mapToDouble(i -> random.nextInt(6) / 8.0)
                    .toArray();
            List<String> names =
                    IntStream.range(0, classes).mapToObj(i -> "class " + i).toList();
            List<Prediction> sorted = new ArrayList<>(IntStream.range(0, classes)
                    .mapToObj(label -> new Prediction(names.get(label), label, probabilities[label]))
                    .toList());
            sorted.sort(Comparator.comparingDouble(Prediction::probability).reversed());
            int top = 1 + random.nextInt(50);
            assertThat(Prediction.likeliest(probabilities, names, top))
                    .isEqualTo(sorted.subList(0, Math.min(top, classes)));
        }
    }
}
