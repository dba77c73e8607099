// The optimizers' passes over a parameter of which products read a copy in bfloat16.
#include "updates.cuh"

// As sgd, and narrowed = w.
// Launch: over fours.
KERNEL(sgd_and_narrow)(float* __restrict__ w, float* __restrict__ v, const float* __restrict__ g,
                       Element* __restrict__ narrowed, SgdStep step, long long count) {
    sgdStep(w, v, g, step, count, [&](long long first, auto& weights) { store(narrowed + first, weights); });
}

// As adam, and narrowed = w.
// Launch: over fours.
KERNEL(adam_and_narrow)(float* __restrict__ w, float* __restrict__ m, float* __restrict__ v, const float* __restrict__ g,
                        Element* __restrict__ narrowed, AdamStep step, long long count) {
    adamStep(w, m, v, g, step, count, [&](long long first, auto& weights) { store(narrowed + first, weights); });
}
