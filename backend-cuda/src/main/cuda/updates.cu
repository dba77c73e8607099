// The optimizer's passes: everything is read and written once.
#include "common.cuh"

// The codes of dev.tandem.spi.op.SgdStep.Rule.
enum Rule { LEARNING_RATE_IN_VELOCITY = 0, LEARNING_RATE_OUTSIDE = 1 };

// Momentum SGD on w and v, in place. LEARNING_RATE_IN_VELOCITY is the paper's rule (section 5).
// Launch: over fours.
KERNEL(sgd)(float* __restrict__ w, float* __restrict__ v, const float* __restrict__ g, int rule, float rate,
            float momentum, float decay, long long count) {
    inFours(count, [&](long long first, auto n) {
        float weights[n.value], velocities[n.value], gradients[n.value];
        load(w + first, weights);
        load(v + first, velocities);
        load(g + first, gradients);
        for (int j = 0; j < n.value; j++) {
            float gradient = decay * weights[j] + gradients[j];
            if (rule == LEARNING_RATE_IN_VELOCITY) {
                velocities[j] = momentum * velocities[j] - rate * gradient;
                weights[j] += velocities[j];
            } else {
                velocities[j] = momentum * velocities[j] + gradient;
                weights[j] -= rate * velocities[j];
            }
        }
        store(v + first, velocities);
        store(w + first, weights);
    });
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
