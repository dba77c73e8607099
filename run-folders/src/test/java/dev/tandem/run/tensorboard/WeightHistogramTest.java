package dev.tandem.run.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.nn.file.ProtoMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightHistogramTest {
    @TempDir
    Path folder;

    private final WeightHistogram histogram = new WeightHistogram();

    private EventReader.Histogram count(float... values) throws IOException {
        histogram.count(values);
        ProtoMessage summary = new ProtoMessage();
        Events.addHistogram(summary, "h", histogram.message());
        Path file = folder.resolve("h" + values.length);
        Files.createDirectories(file);
        new EventFile(file).append(List.of(Events.summary(0, summary)));
        return EventReader.read(file).histograms.get("h").get(0L);
    }

    @Test
    void everyNumberIsInItsBucket() throws IOException {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        float[] values = new float[20_000];
        for (int i = 0; i < values.length; i++) {
            // Of all magnitudes, below the least limit and above the greatest, too.
            float value = i % 2 == 0
                    ? (float) random.nextGaussian()
                    : Float.intBitsToFloat(random.nextInt(0x7F800000)) * (random.nextBoolean() ? 1 : -1);
            values[i] = i % 100 == 0 ? 0 : value;
        }
        EventReader.Histogram found = count(values);
        assertThat(found.num()).isEqualTo(values.length);
        double[] sorted = IntStream.range(0, values.length)
                .mapToDouble(i -> values[i])
                .sorted()
                .toArray();
        assertThat(found.min()).isEqualTo(sorted[0]);
        assertThat(found.max()).isEqualTo(sorted[sorted.length - 1]);
        double squares = Arrays.stream(sorted).map(value -> value * value).sum();
        assertThat(found.sum()).isCloseTo(Arrays.stream(sorted).sum(), within(1e-9 * Math.sqrt(squares)));
        assertThat(found.squares()).isCloseTo(squares, within(1e-9 * squares));
        List<Double> expected = new ArrayList<>();
        int at = 0;
        for (double limit : found.limits()) {
            int from = at;
            while (at < sorted.length && sorted[at] < limit) {
                at++;
            }
            expected.add((double) (at - from));
        }
        assertThat(at).isEqualTo(sorted.length);
        assertThat(found.counts()).isEqualTo(expected);
        assertThat(found.limits()).isSorted().hasSizeLessThan(1600);
    }

    @Test
    void limitsGrowByATenthAndAreNoFloats() throws IOException {
        float[] values = new float[1500];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (0.98e-12 * Math.pow(1.05, i));
        }
        List<Double> limits = count(values).limits();
        assertThat(limits).hasSizeGreaterThan(750);
        assertThat(limits.get(0)).isEqualTo(1e-12);
        for (int i = 1; i < limits.size(); i++) {
            assertThat(limits.get(i) / limits.get(i - 1)).isCloseTo(1.1, within(1e-9));
            assertThat((double) limits.get(i).floatValue()).isNotEqualTo(limits.get(i));
        }
    }

    @Test
    void emptyBucketsInARowAreOne() throws IOException {
        EventReader.Histogram found = count(-1, -1, 1);
        assertThat(found.counts()).containsExactly(2.0, 0.0, 1.0);
        assertThat(found.limits().get(0)).isBetween(-1.0, -0.9);
        assertThat(found.limits().get(1)).isBetween(0.9, 1.0);
        assertThat(found.limits().get(2)).isBetween(1.0, 1.1);
    }

    @Test
    void whatIsNotFiniteIsInNoBucket() throws IOException {
        EventReader.Histogram found =
                count(Float.NaN, 2, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 3, -Float.MAX_VALUE);
        assertThat(found.num()).isEqualTo(3);
        assertThat(found.max()).isEqualTo(3);
        assertThat(found.min()).isEqualTo(-Float.MAX_VALUE);
        histogram.count(new float[] {Float.NaN});
        assertThat(histogram.isEmpty()).isTrue();
    }
}
