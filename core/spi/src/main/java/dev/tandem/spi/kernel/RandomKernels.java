package dev.tandem.spi.kernel;

import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.Slice;

/** Counter-based random tensors: the same key gives the same numbers on every backend, bit for bit. */
public interface RandomKernels {
    /**
     * Each element of {@code out} is {@code value} with probability {@code keep} and otherwise 0. Element {@code i}
     * (row-major, in the whole tensor that {@code slice} is cut from) is kept if the 32-bit word
     * {@code Philox.word(key, i)}, unsigned, is below {@code keep * 2^32}.
     */
    void bernoulli(RandomKey key, Slice slice, double keep, double value, Tensor out);
}
