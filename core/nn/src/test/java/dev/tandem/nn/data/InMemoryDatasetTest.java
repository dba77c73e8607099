package dev.tandem.nn.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class InMemoryDatasetTest {
    private static final Shape SAMPLE = Shape.of(1, 2, 3);
    private static final int SAMPLES = 10;

    /** Sample i consists of 10 i, 10 i + 1, ..., 10 i + 5 and is of class i modulo 3. */
    private static final InMemoryDataset DATA = InMemoryDataset.of(SAMPLE, inputs(SAMPLES), labels(SAMPLES));

    private static float[][] inputs(int count) {
        float[][] inputs = new float[count][6];
        for (int i = 0; i < 6 * count; i++) {
            inputs[i / 6][i % 6] = 10 * (i / 6) + i % 6;
        }
        return inputs;
    }

    private static int[] labels(int count) {
        int[] labels = new int[count];
        Arrays.setAll(labels, i -> i % 3);
        return labels;
    }

    private static List<float[]> rows(BatchStream stream) {
        return rows(stream, 1);
    }

    private static List<float[]> rows(BatchStream stream, int divisor) {
        List<float[]> rows = new ArrayList<>();
        try (stream) {
            for (HostBatch batch = stream.next(); batch != null; batch = stream.next()) {
                for (int row = 0; row < batch.rows(); row++) {
                    float[] values = Arrays.copyOfRange(batch.images().array(), row * 6, row * 6 + 6);
                    rows.add(values);
                    assertThat(batch.labels()[row]).isEqualTo((int) values[1] * divisor / 10 % 3);
                }
                for (int i = batch.rows() * 6; i < batch.images().array().length; i++) {
                    assertThat(batch.images().array()[i]).isZero();
                }
                stream.recycle(batch);
            }
        }
        return rows;
    }

    private static List<Integer> indices(List<float[]> rows) {
        return rows.stream().map(row -> (int) row[1] / 10).toList();
    }

    @Test
    void isDescribedByItsArrays() {
        assertThat(DATA.classNames()).containsExactly("0", "1", "2");
        assertThat(DATA.sampleShape()).isEqualTo(SAMPLE);
        assertThat(DATA.trainingSizes()).containsExactly(4, 3, 3);
        assertThat(DATA.validationSize()).isZero();
        assertThat(DATA.withClassNames(List.of("a", "b", "c", "d")).trainingSizes())
                .containsExactly(4, 3, 3, 0);
    }

    @Test
    void everyEpochHasFullBatchesInAnOrderOfItsOwn() {
        Set<List<Integer>> orders = new HashSet<>();
        for (int epoch = 0; epoch < 4; epoch++) {
            List<Integer> seen = indices(rows(DATA.training(Augmentation.none(), 1, epoch, 0, 4)));
            assertThat(seen).hasSize(8).doesNotHaveDuplicates();
            orders.add(seen);
        }
        assertThat(orders).hasSize(4);
    }

    @Test
    void resumingGivesTheTailOfTheEpoch() {
        Augmentation varied = Augmentation.none()
                .withReflection()
                .afterCrop((values, shape, random) -> values[5] += random.nextFloat());
        List<float[]> whole = rows(DATA.training(varied, 3, 1, 0, 2));
        for (int first = 0; first <= 5; first++) {
            float[][] tail = whole.subList(2 * first, 10).toArray(float[][]::new);
            assertThat(rows(DATA.training(varied, 3, 1, first, 2)).toArray(float[][]::new))
                    .isDeepEqualTo(tail);
        }
    }

    @Test
    void reflectsHalfOfTheSamplesAndDividesWithoutChangingTheArrays() {
        Augmentation augmentation = Augmentation.none().withReflection().withDivisor(2);
        int reflected = 0;
        for (float[] row : rows(DATA.training(augmentation, 1, 0, 0, 10), 2)) {
            float first = 5 * ((int) row[1] / 5);
            boolean isReflected = row[0] > row[2];
            reflected += isReflected ? 1 : 0;
            float[] expected = {first, first + .5f, first + 1, first + 1.5f, first + 2, first + 2.5f};
            float[] mirrored = {first + 1, first + .5f, first, first + 2.5f, first + 2, first + 1.5f};
            assertThat(row).isEqualTo(isReflected ? mirrored : expected);
        }
        assertThat(reflected).isBetween(1, 9);
        assertThat(indices(rows(DATA.training(Augmentation.none(), 1, 0, 0, 10))))
                .containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    }

    @Test
    void aShareIsValidatedOnInsteadInAFixedOrder() {
        InMemoryDataset split = DATA.withValidationShare(0.25, 9);
        assertThat(split.trainingSize()).isEqualTo(7);
        List<Integer> validated = indices(rows(split.validation(Views.CENTRE, 2)));
        assertThat(validated).hasSize(3).isEqualTo(indices(rows(split.validation(Views.CENTRE, 3))));
        List<Integer> trained = indices(rows(split.training(Augmentation.none(), 1, 0, 0, 7)));
        assertThat(trained).hasSize(7).doesNotContainAnyElementsOf(validated);
        assertThat(DATA.withValidationShare(0.001, 1).validationSize()).isEqualTo(1);
        assertThat(DATA.withValidationShare(0.999, 1).trainingSize()).isEqualTo(1);
    }

    @Test
    void theFingerprintFollowsInputsLabelsNamesAndSides() {
        float[][] changed = inputs(SAMPLES);
        changed[9][5] += 1;
        int[] relabelled = labels(SAMPLES);
        relabelled[0] = 1;
        assertThat(InMemoryDataset.of(SAMPLE, inputs(SAMPLES), labels(SAMPLES)).fingerprint())
                .isEqualTo(DATA.fingerprint());
        assertThat(List.of(
                        DATA.fingerprint(),
                        InMemoryDataset.of(SAMPLE, changed, labels(SAMPLES)).fingerprint(),
                        InMemoryDataset.of(SAMPLE, inputs(SAMPLES), relabelled).fingerprint(),
                        InMemoryDataset.of(Shape.of(6), inputs(SAMPLES), labels(SAMPLES))
                                .fingerprint(),
                        DATA.withClassNames(List.of("a", "b", "c")).fingerprint(),
                        DATA.withValidationShare(0.2, 1).fingerprint(),
                        DATA.withValidationShare(0.2, 2).fingerprint()))
                .doesNotHaveDuplicates();
    }

    private static void assertRefused(String message, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(TandemException.class).hasMessageContaining(message);
    }

    @Test
    void whatDoesNotFitIsRefused() {
        float[][] infinite = inputs(2);
        infinite[1][0] = Float.POSITIVE_INFINITY;
        assertRefused(
                "not one label a sample, got 2 samples, 3 labels",
                () -> InMemoryDataset.of(SAMPLE, inputs(2), labels(3)));
        assertRefused(
                "sample 0 has another length than shape 5, got 6, expected 5",
                () -> InMemoryDataset.of(Shape.of(5), inputs(2), labels(2)));
        assertRefused(
                "a value of sample 1 is not finite, got Infinity",
                () -> InMemoryDataset.of(SAMPLE, infinite, labels(2)));
        assertRefused(
                "label of sample 1 is none of the classes, got -1, expected 0 to 0",
                () -> InMemoryDataset.of(SAMPLE, inputs(2), new int[] {0, -1}));
        assertRefused("nothing to train on", () -> InMemoryDataset.of(SAMPLE, inputs(0), labels(0)));
        assertRefused(
                "label of sample 0 is none of the classes, got 3, expected 0 to 2",
                () -> DATA.withValidation(inputs(1), new int[] {3}));
        assertRefused(
                "label of sample 2 is none of the classes, got 2, expected 0 to 1",
                () -> DATA.withClassNames(List.of("a", "b")));
        assertRefused("share to validate on out of range, got 1.0", () -> DATA.withValidationShare(1, 1));
        assertRefused(
                "no full batch, got a batch of 11, expected 1 to 10",
                () -> DATA.training(Augmentation.none(), 1, 0, 0, 11));
        assertRefused("no such position, got epoch 0, batch 6", () -> DATA.training(Augmentation.none(), 1, 0, 6, 2));
        assertRefused(
                "a variation that samples of shape 1x2x3 cannot have",
                () -> DATA.training(Augmentation.paper(), 1, 0, 0, 2));
        InMemoryDataset flat = InMemoryDataset.of(Shape.of(6), inputs(2), labels(2));
        assertRefused(
                "reflection only of (C, H, W)",
                () -> flat.training(Augmentation.none().withReflection(), 1, 0, 0, 2));
        assertRefused("samples have one view", () -> DATA.validation(Views.TEN, 10));
        BatchStream closed = DATA.validation(Views.CENTRE, 1);
        closed.close();
        assertRefused("a closed stream", closed::next);
    }
}
