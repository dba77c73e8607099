// Copies of ranges along one axis: slices, concatenation, gathers. Elements are any 32-bit type.
#include "common.cuh"

// to[o * toBlock + i] = from[o * fromBlock + i] for each outer position o and i below run: a run holds the copied
// positions of the axis and everything inside them; a block is the distance between outer positions. The pointers
// already stand at the first run.
KERNEL(copy_range)(const unsigned* __restrict__ from, unsigned* __restrict__ to, Divisor run, long long fromBlock,
                   long long toBlock, int count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        int outer = run.quotient((int)i);
        int inner = (int)i - outer * run.value;
        to[outer * toBlock + inner] = from[outer * fromBlock + inner];
    }
}
