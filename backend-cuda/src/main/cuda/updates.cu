// The optimizer's passes: everything is read and written once.
#include "common.cuh"

// The codes of dev.tandem.spi.op.SgdStep.Rule.
enum Rule { LEARNING_RATE_IN_VELOCITY = 0, LEARNING_RATE_OUTSIDE = 1 };

// Momentum SGD on w and v, in place. LEARNING_RATE_IN_VELOCITY is the paper's rule (section 5).
// Launch: over elements.
KERNEL(sgd)(float* __restrict__ w, float* __restrict__ v, const float* __restrict__ g, int rule, float rate,
            float momentum, float decay, long long count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        float weight = w[i];
        if (rule == LEARNING_RATE_IN_VELOCITY) {
            float velocity = momentum * v[i] - rate * (decay * weight + g[i]);
            v[i] = velocity;
            w[i] = weight + velocity;
        } else {
            float velocity = momentum * v[i] + (decay * weight + g[i]);
            v[i] = velocity;
            w[i] = weight - rate * velocity;
        }
    }
}

// Adam on w and its moments m and v, in place: dev.tandem.spi.op.AdamStep has the formula.
// Launch: over elements.
KERNEL(adam)(float* __restrict__ w, float* __restrict__ m, float* __restrict__ v, const float* __restrict__ g,
             float coupledDecay, float beta1, float rest1, float beta2, float rest2, float kept,
             float rate, float correction, float epsilon, long long count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        float weight = w[i];
        float gradient = g[i] + coupledDecay * weight;
        float first = beta1 * m[i] + rest1 * gradient;
        float second = beta2 * v[i] + rest2 * gradient * gradient;
        m[i] = first;
        v[i] = second;
        w[i] = kept * weight - rate * first / (sqrtf(second) * correction + epsilon);
    }
}
