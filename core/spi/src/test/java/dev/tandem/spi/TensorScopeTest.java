package dev.tandem.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.dryrun.DryRun;
import org.junit.jupiter.api.Test;

class TensorScopeTest {
    private static final Shape SHAPE = Shape.of(2);

    private final Device device = new DryRun().device();

    @Test
    void closesWhatWasMadeInIt() {
        Tensor before = device.allocate(SHAPE);
        Tensor inside;
        try (TensorScope scope = TensorScope.open()) {
            inside = device.allocate(SHAPE);
            assertThat(inside.isClosed()).isFalse();
        }
        assertThat(inside.isClosed()).isTrue();
        assertThat(before.isClosed()).isFalse();
        before.close();
    }

    @Test
    void aKeptTensorPassesToTheEnclosingScope() {
        Tensor kept;
        try (TensorScope outer = TensorScope.open()) {
            try (TensorScope inner = TensorScope.open()) {
                kept = inner.keep(device.allocate(SHAPE));
            }
            assertThat(kept.isClosed()).isFalse();
        }
        assertThat(kept.isClosed()).isTrue();
    }

    @Test
    void aTensorKeptByTheOutermostScopeIsTheCallers() {
        Tensor kept;
        try (TensorScope scope = TensorScope.open()) {
            kept = scope.keep(device.allocate(SHAPE));
        }
        assertThat(kept.isClosed()).isFalse();
        kept.close();
    }

    @Test
    void keepingWhatAnotherScopeOwnsChangesNothing() {
        try (TensorScope outer = TensorScope.open()) {
            Tensor outside = device.allocate(SHAPE);
            try (TensorScope inner = TensorScope.open()) {
                inner.keep(outside);
            }
            assertThat(outside.isClosed()).isFalse();
        }
    }

    @Test
    void scopesCloseInnermostFirst() {
        TensorScope outer = TensorScope.open();
        try (TensorScope inner = TensorScope.open()) {
            assertThatThrownBy(outer::close)
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("closed out of order");
        }
        outer.close();
    }

    @Test
    void otherThreadsHaveScopesOfTheirOwn() throws InterruptedException {
        Tensor[] made = new Tensor[1];
        try (TensorScope scope = TensorScope.open()) {
            Thread other = new Thread(() -> made[0] = device.allocate(SHAPE));
            other.start();
            other.join();
        }
        assertThat(made[0].isClosed()).isFalse();
        made[0].close();
    }

    @Test
    void aClosedTensorRefusesUse() {
        Tensor tensor = device.allocate(SHAPE);
        tensor.close();
        tensor.close();

        assertThatThrownBy(tensor::storage)
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("used after it was closed, got F32 2 on ");
    }
}
