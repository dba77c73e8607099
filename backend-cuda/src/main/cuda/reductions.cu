// Sums. A sum over several axes is several of these, one after another.
#include "block_sums.cuh"

// out (rows, parts): the sums of x (rows, length), each row in parts of chunk elements.
// Launch: a block per part of a row.
KERNEL(sum_rows)(const Element* __restrict__ x, float* __restrict__ out, int length, int chunk, Divisor parts) {
    __shared__ float partial[BLOCK];
    int row = parts.quotient(blockIdx.x);
    int begin = (blockIdx.x - row * parts.value) * chunk;
    int end = min(begin + chunk, length);
    const Element* elements = x + (long long)row * length;
    float sum = 0;
    for (int i = begin + threadIdx.x; i < end; i += BLOCK) {
        sum += get(elements[i]);
    }
    sum = blockSum(sum, partial);
    if (threadIdx.x == 0) {
        out[blockIdx.x] = sum;
    }
}

// out (outer, inner): the sums of x (outer, middle, inner) over the middle. An element here is a sum.
// Launch: over elements.
KERNEL(sum_middle)(const Element* __restrict__ x, float* __restrict__ out, int middle, Divisor inner, int count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        int outer = inner.quotient((int)i);
        const Element* elements = x + (long long)outer * middle * inner.value + ((int)i - outer * inner.value);
        float sum = 0;
        for (int m = 0; m < middle; m++) {
            sum += get(elements[(long long)m * inner.value]);
        }
        out[i] = sum;
    }
}
