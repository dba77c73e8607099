package dev.tandem.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.spi.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleBiFunction;
import org.junit.jupiter.api.Test;

class FixedBatchesTest {
    private final List<Integer> sizes = new ArrayList<>();

    /** A model of one output a row, its first input, which errs as {@code error} says of size and place. */
    private Function<HostBatch, float[]> model(ToDoubleBiFunction<Integer, Integer> error) {
        return batch -> {
            int size = batch.shape().dim(0);
            sizes.add(size);
            float[] outputs = new float[size];
            for (int i = 0; i < size; i++) {
                outputs[i] = batch.images()[2 * i] + (float) error.applyAsDouble(size, i);
            }
            return outputs;
        };
    }

    private float[] compute(ToDoubleBiFunction<Integer, Integer> error, int wanted, int count) {
        Function<HostBatch, float[]> model = model(error);
        FixedBatches batches = new FixedBatches(model, Shape.of(1, 2), wanted, 1);
        float[] rows = new float[2 * count];
        for (int i = 0; i < count; i++) {
            rows[2 * i] = i + 1;
        }
        sizes.clear();
        return batches.compute(model, List.of(rows));
    }

    @Test
    void everyBatchHasTheSameSize() {
        assertThat(compute((size, place) -> 0, 4, 3)).containsExactly(1, 2, 3);
        assertThat(sizes).containsExactly(4);
        assertThat(compute((size, place) -> 0, 4, 9)).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertThat(sizes).containsExactly(4, 4, 4);
    }

    @Test
    void sizesInWhichPlacesDifferAreNotUsed() {
        assertThat(compute((size, place) -> size > 4 ? 0.25 * (place % 3) : 0, 16, 5))
                .containsExactly(1, 2, 3, 4, 5);
        assertThat(sizes).containsExactly(4, 4);
        assertThat(compute((size, place) -> 0.25 * place, 16, 3)).containsExactly(1, 2, 3);
        assertThat(sizes).containsExactly(1, 1, 1);
    }
}
