// The optimizer's passes: everything is read and written once.
#include "updates.cuh"

// Momentum SGD on w and v, in place.
// Launch: over fours.
KERNEL(sgd)(float* __restrict__ w, float* __restrict__ v, const float* __restrict__ g, SgdStep step, long long count) {
    sgdStep(w, v, g, step, count, [](long long, auto&) {});
}

// Adam on w and its moments m and v, in place.
// Launch: over fours.
KERNEL(adam)(float* __restrict__ w, float* __restrict__ m, float* __restrict__ v, const float* __restrict__ g,
             AdamStep step, long long count) {
    adamStep(w, m, v, g, step, count, [](long long, auto&) {});
}
