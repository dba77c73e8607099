// Momentum SGD and Adam.
#pragma once
#include "common.cuh"

// The codes of dev.tandem.spi.op.SgdStep.Rule.
enum Rule { LEARNING_RATE_IN_VELOCITY = 0, LEARNING_RATE_OUTSIDE = 1 };

struct SgdStep {
    int rule;
    float rate, momentum, decay;
};

// Momentum SGD on w and v, in place. LEARNING_RATE_IN_VELOCITY is the paper's rule (section 5). Calls also(first,
// weights) for each four of the new weights, and each one of the rest.
template <class Also>
DEVICE void sgdStep(float* __restrict__ w, float* __restrict__ v, const float* __restrict__ g, const SgdStep& s,
                    long long count, Also also) {
    inFours(count, [&](long long first, auto n) {
        float weights[n.value], velocities[n.value], gradients[n.value];
        load(w + first, weights);
        load(v + first, velocities);
        load(g + first, gradients);
        for (int j = 0; j < n.value; j++) {
            float gradient = s.decay * weights[j] + gradients[j];
            if (s.rule == LEARNING_RATE_IN_VELOCITY) {
                velocities[j] = s.momentum * velocities[j] - s.rate * gradient;
                weights[j] += velocities[j];
            } else {
                velocities[j] = s.momentum * velocities[j] + gradient;
                weights[j] -= s.rate * velocities[j];
            }
        }
        store(v + first, velocities);
        store(w + first, weights);
        also(first, weights);
    });
}

struct AdamStep {
    float coupledDecay, beta1, rest1, beta2, rest2, kept, rate, correction, epsilon;
};

// Adam on w and its moments m and v, in place: dev.tandem.spi.op.AdamStep has the formula. As sgdStep, calls also.
template <class Also>
DEVICE void adamStep(float* __restrict__ w, float* __restrict__ m, float* __restrict__ v, const float* __restrict__ g,
                     const AdamStep& s, long long count, Also also) {
    inFours(count, [&](long long at, auto n) {
        float weights[n.value], firsts[n.value], seconds[n.value], gradients[n.value];
        load(w + at, weights);
        load(m + at, firsts);
        load(v + at, seconds);
        load(g + at, gradients);
        for (int j = 0; j < n.value; j++) {
            float gradient = gradients[j] + s.coupledDecay * weights[j];
            firsts[j] = s.beta1 * firsts[j] + s.rest1 * gradient;
            seconds[j] = s.beta2 * seconds[j] + s.rest2 * gradient * gradient;
            weights[j] = s.kept * weights[j] - s.rate * firsts[j] / (sqrtf(seconds[j]) * s.correction + s.epsilon);
        }
        store(m + at, firsts);
        store(v + at, seconds);
        store(w + at, weights);
        also(at, weights);
    });
}
