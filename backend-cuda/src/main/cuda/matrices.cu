// Matrix products in tiles of the module's elements.
#include "matrices.cuh"

PRODUCTS(large, LargeTiles)
PRODUCTS(small, SmallTiles)

// out (rows, columns): the sums of from (parts, rows, columns) over the parts, plus bias (columns) unless null, followed
// by ReLU if relu is 1. Launch: over elements.
KERNEL(sum_parts)(const float* __restrict__ from, const float* __restrict__ bias, Element* __restrict__ out, int parts,
                  Divisor columns, int relu, int count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        float sum = 0;
        for (int part = 0; part < parts; part++) {
            sum += from[(long long)part * count + i];
        }
        int row = columns.quotient((int)i);
        put(out + i, withBias(sum, bias, (int)i - row * columns.value, relu));
    }
}
