package dev.tandem.nn.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.spi.Shape;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PrefetchedBatchesTest {
    private final List<HostBatch> all = List.of(batch(), batch(), batch());
    private final List<HostBatch> taken = new ArrayList<>();
    private final List<HostBatch> recycled = new ArrayList<>();
    private final List<HostBatch> copied = new ArrayList<>();
    private RuntimeException failure;

    private static HostBatch batch() {
        return new HostBatch(Shape.of(1, 1));
    }

    private final BatchStream stream = new BatchStream() {
        @Override
        public HostBatch next() {
            if (failure != null) {
                throw failure;
            }
            if (taken.size() == all.size()) {
                return null;
            }
            taken.add(all.get(taken.size()));
            return taken.get(taken.size() - 1);
        }

        @Override
        public void recycle(HostBatch batch) {
            recycled.add(batch);
        }

        @Override
        public long waitedNanos() {
            return 0;
        }

        @Override
        public void close() {}
    };

    private PlacedModel model(boolean prefetches) {
        return (PlacedModel) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {PlacedModel.class}, (proxy, method, arguments) -> {
                    if (!method.getName().equals("prefetch")) {
                        throw new UnsupportedOperationException(method.getName());
                    }
                    copied.add((HostBatch) arguments[0]);
                    return prefetches;
                });
    }

    @Test
    void theNextIsCopiedBeforeItIsAskedFor() {
        PrefetchedBatches ahead = new PrefetchedBatches(stream, model(true));
        assertThat(ahead.next()).isSameAs(all.get(0));
        ahead.prefetch();
        ahead.prefetch();
        assertThat(copied).containsExactly(all.get(0), all.get(1));
        assertThat(ahead.next()).isSameAs(all.get(1));
        assertThat(ahead.next()).isSameAs(all.get(2));
        ahead.prefetch();
        assertThat(ahead.next()).isNull();
        assertThat(copied).hasSize(3);
    }

    @Test
    void nothingIsTakenAheadIfTheModelDoesNotCopyAhead() {
        PrefetchedBatches ahead = new PrefetchedBatches(stream, model(false));
        ahead.next();
        ahead.prefetch();
        assertThat(taken).hasSize(1);
        assertThat(ahead.next()).isSameAs(all.get(1));
        assertThat(copied).hasSize(1);
    }

    /** The step before has been taken, and is reported first. */
    @Test
    void aFailureOfTheStreamIsThrownWhenTheBatchIsAskedFor() {
        PrefetchedBatches ahead = new PrefetchedBatches(stream, model(true));
        ahead.next();
        failure = new IllegalStateException("damaged");
        ahead.prefetch();
        assertThatThrownBy(ahead::next).isSameAs(failure);
        ahead.recycleRest();
        assertThat(recycled).isEmpty();
    }

    @Test
    void theBatchThatNobodyAskedForGoesBack() {
        PrefetchedBatches ahead = new PrefetchedBatches(stream, model(true));
        ahead.next();
        ahead.prefetch();
        ahead.recycleRest();
        assertThat(recycled).containsExactly(all.get(1));
    }
}
