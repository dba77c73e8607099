// The optimizer's passes: everything is read and written once.
#include "updates.cuh"

// Momentum SGD on w and v, in place.
// Launch: over fours.
KERNEL(sgd)(float* __restrict__ w, float* __restrict__ v, const float* __restrict__ g, SgdStep step, long long count) {
    sgdStep(w, v, g, step, count, [](long long, auto&) {});
}

// Adam on w and its moments m and v, in place: dev.tandem.spi.op.AdamStep has the formula.
// Launch: over fours.
KERNEL(adam)(float* __restrict__ w, float* __restrict__ m, float* __restrict__ v, const float* __restrict__ g,
             float coupledDecay, float beta1, float rest1, float beta2, float rest2, float kept,
             float rate, float correction, float epsilon, long long count) {
    inFours(count, [&](long long at, auto n) {
        float weights[n.value], firsts[n.value], seconds[n.value], gradients[n.value];
        load(w + at, weights);
        load(m + at, firsts);
        load(v + at, seconds);
        load(g + at, gradients);
        for (int j = 0; j < n.value; j++) {
            float gradient = gradients[j] + coupledDecay * weights[j];
            firsts[j] = beta1 * firsts[j] + rest1 * gradient;
            seconds[j] = beta2 * seconds[j] + rest2 * gradient * gradient;
            weights[j] = kept * weights[j] - rate * firsts[j] / (sqrtf(seconds[j]) * correction + epsilon);
        }
        store(m + at, firsts);
        store(v + at, seconds);
        store(w + at, weights);
    });
}
