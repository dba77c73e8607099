package dev.tandem.testkit.reference;

import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.RandomKernels;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.Slice;

/** One random word for each element, numbered as in the whole tensor. */
final class ReferenceRandom implements RandomKernels {
    @Override
    public void bernoulli(RandomKey key, Slice slice, double keep, double value, Tensor out) {
        double[] mask = ReferenceStorage.of(out);
        for (int i = 0; i < mask.length; i++) {
            long word = Integer.toUnsignedLong(Philox.word(key, slice.wholeIndex(i)));
            mask[i] = word < keep * 0x1p32 ? value : 0;
        }
    }
}
