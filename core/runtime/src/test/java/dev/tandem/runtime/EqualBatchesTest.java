package dev.tandem.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.spi.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleBiFunction;
import org.junit.jupiter.api.Test;

class EqualBatchesTest {
    private final List<Integer> sizes = new ArrayList<>();

    /** A model of one output a row, its first input, which errs as {@code error} says of size and place. */
    private Function<HostBatch, float[]> model(ToDoubleBiFunction<Integer, Integer> error) {
        return batch -> {
            int size = batch.shape().dim(0);
            sizes.add(size);
            float[] outputs = new float[size];
            for (int i = 0; i < size; i++) {
                outputs[i] = batch.images().array()[2 * i] + (float) error.applyAsDouble(size, i);
            }
            return outputs;
        };
    }

    private float[] compute(ToDoubleBiFunction<Integer, Integer> error, int wanted, int count) {
        Function<HostBatch, float[]> model = model(error);
        EqualBatches batches = new EqualBatches(model, Shape.of(1, 2), wanted, 1);
        while (batches.hasUntried()) {
            batches.settleNext(batches.isNextSame());
        }
        float[] rows = new float[2 * count];
        for (int i = 0; i < count; i++) {
            rows[2 * i] = i + 1;
        }
        sizes.clear();
        return batches.compute(model, List.of(rows));
    }

    @Test
    void fewRowsAreComputedInSmallBatches() {
        assertThat(compute((size, place) -> 0, 4, 3)).containsExactly(1, 2, 3);
        assertThat(sizes).containsExactly(4);
        assertThat(compute((size, place) -> 0, 4, 9)).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertThat(sizes).containsExactly(4, 4, 1);
        assertThat(compute((size, place) -> 0, 12, 2)).containsExactly(1, 2);
        assertThat(sizes).containsExactly(2);
    }

    @Test
    void sizesThatGiveOtherBitsAreNotUsed() {
        assertThat(compute((size, place) -> size == 1 ? 0.25 : 0, 8, 1)).containsExactly(1);
        assertThat(sizes).containsExactly(2);
        assertThat(compute((size, place) -> size < 8 ? 0.25 : 0, 8, 3)).containsExactly(1, 2, 3);
        assertThat(sizes).containsExactly(8);
        assertThat(compute((size, place) -> size == 4 && place == 3 ? 0.25 : 0, 8, 4))
                .containsExactly(1, 2, 3, 4);
        assertThat(sizes).containsExactly(8);
        assertThat(compute((size, place) -> size == 4 ? 0 : 0.25, 8, 9))
                .as("the largest says what is right")
                .containsExactly(1.25f, 2.25f, 3.25f, 4.25f, 5.25f, 6.25f, 7.25f, 8.25f, 9.25f);
        assertThat(sizes).containsExactly(8, 1);
    }

    @Test
    void sizesInWhichPlacesDifferAreNotUsed() {
        assertThat(compute((size, place) -> size > 4 ? 0.25 * (place % 3) : 0, 16, 5))
                .containsExactly(1, 2, 3, 4, 5);
        assertThat(sizes).containsExactly(4, 1);
        assertThat(compute((size, place) -> 0.25 * place, 16, 3)).containsExactly(1, 2, 3);
        assertThat(sizes).containsExactly(1, 1, 1);
    }
}
