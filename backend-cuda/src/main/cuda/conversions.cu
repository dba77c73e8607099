// Copies between the formats of elements.
#include "common.cuh"

// to = from, rounded to the nearest, ties to even.
// Launch: over fours.
KERNEL(narrow)(const float* __restrict__ from, Element* __restrict__ to, long long count) {
    inFours(count, [&](long long first, auto n) {
        float values[n.value];
        load(from + first, values);
        store(to + first, values);
    });
}

// to = from, which is exact.
// Launch: over fours.
KERNEL(widen)(const Element* __restrict__ from, float* __restrict__ to, long long count) {
    inFours(count, [&](long long first, auto n) {
        float values[n.value];
        load(from + first, values);
        store(to + first, values);
    });
}
