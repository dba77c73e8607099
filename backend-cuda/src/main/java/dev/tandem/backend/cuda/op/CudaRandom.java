package dev.tandem.backend.cuda.op;

import dev.tandem.backend.cuda.driver.Packed;
import dev.tandem.backend.cuda.gpu.Gpu;
import dev.tandem.backend.cuda.gpu.Kernel;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.RandomKernels;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.Slice;

/** Random masks, bit for bit those of {@link dev.tandem.spi.op.Philox}. */
public final class CudaRandom implements RandomKernels {
    private final Kernel bernoulli;

    public CudaRandom(Gpu gpu) {
        bernoulli = gpu.kernels().get("bernoulli");
    }

    @Override
    public void bernoulli(RandomKey key, Slice slice, double keep, double value, Tensor out) {
        long count = out.shape().elements();
        long inner = slice.whole().stride(slice.axis());
        bernoulli
                .with()
                .exactOutput(out)
                .struct(new Packed()
                        .integers((int) key.seed(), (int) (key.seed() >>> 32), (int) key.step(), key.stream())
                        .integers(key.purpose().code() | (int) (key.step() >>> 32) << 16))
                .struct(new Packed()
                        .wides(slice.length() * inner, slice.whole().dim(slice.axis()) * inner, slice.start() * inner))
                // A word is a whole number, so it is below the product exactly if it is below the product rounded up.
                .wide((long) Math.ceil(keep * 0x1p32))
                .real(value)
                .wide(count)
                .overElements(count, "bernoulli", out);
    }
}
