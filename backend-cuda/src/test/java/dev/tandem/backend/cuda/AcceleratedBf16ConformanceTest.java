package dev.tandem.backend.cuda;

import dev.tandem.spi.BackendProvider;

/** As {@link Bf16ConformanceTest}, with products by cuBLAS and convolutions by cuDNN. */
class AcceleratedBf16ConformanceTest extends Bf16ConformanceTest {
    AcceleratedBf16ConformanceTest() {
        super(1);
    }

    @Override
    protected BackendProvider provider() {
        return EmulatedDriver.providerWithLibraries();
    }
}
