// Softmax and cross-entropy over the rows of (N, classes).
#include "block_sums.cuh"

// Writes the softmax of logits to y; gives the row's greatest logit and the sum of e^(logit - greatest) to every
// thread.
DEVICE void softmaxOfRow(const float* logits, float* y, int classes, float (&partial)[2][BLOCK], float& greatest,
                         float& sum) {
    greatest = logits[0];
    for (int c = threadIdx.x; c < classes; c += BLOCK) {
        greatest = fmaxf(greatest, logits[c]);
    }
    greatest = blockMax(greatest, partial[0]);
    sum = 0;
    for (int c = threadIdx.x; c < classes; c += BLOCK) {
        sum += expf(logits[c] - greatest);
    }
    sum = blockSum(sum, partial[1]);
    for (int c = threadIdx.x; c < classes; c += BLOCK) {
        y[c] = expf(logits[c] - greatest) / sum;
    }
}

// y = the softmax of each row of x.
// Launch: a block per row.
KERNEL(softmax)(const float* __restrict__ x, float* __restrict__ y, int classes) {
    __shared__ float partial[2][BLOCK];
    long long row = (long long)blockIdx.x * classes;
    float greatest, sum;
    softmaxOfRow(x + row, y + row, classes, partial, greatest, sum);
}

// dx = y * (dy - sum(dy * y)), row by row.
// Launch: a block per row.
KERNEL(softmax_backward)(const float* __restrict__ y, const float* __restrict__ dy, float* __restrict__ dx,
                         int classes) {
    __shared__ float partial[BLOCK];
    long long row = (long long)blockIdx.x * classes;
    float sum = 0;
    for (int c = threadIdx.x; c < classes; c += BLOCK) {
        sum += dy[row + c] * y[row + c];
    }
    sum = blockSum(sum, partial);
    for (int c = threadIdx.x; c < classes; c += BLOCK) {
        dx[row + c] = y[row + c] * (dy[row + c] - sum);
    }
}

// losses (N) = -log softmax(logits)[label], by log-sum-exp; NaN for a label outside of the row.
// Launch: a block per row.
KERNEL(cross_entropy)(const float* __restrict__ logits, const int* __restrict__ labels,
                      float* __restrict__ probabilities, float* __restrict__ losses, int classes) {
    __shared__ float partial[2][BLOCK];
    long long row = (long long)blockIdx.x * classes;
    float greatest, sum;
    softmaxOfRow(logits + row, probabilities + row, classes, partial, greatest, sum);
    if (threadIdx.x == 0) {
        int label = labels[blockIdx.x];
        bool known = label >= 0 && label < classes;
        losses[blockIdx.x] = known ? logf(sum) - (logits[row + label] - greatest) : nanf("");
    }
}

// dlogits = dlosses[n] * (probabilities - onehot(label)).
// Launch: over elements.
KERNEL(cross_entropy_backward)(const float* __restrict__ probabilities, const int* __restrict__ labels,
                               const float* __restrict__ dlosses, float* __restrict__ dlogits, Divisor classes,
                               int count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        int n = classes.quotient((int)i);
        float target = (int)i - n * classes.value == labels[n] ? 1 : 0;
        dlogits[i] = dlosses[n] * (probabilities[i] - target);
    }
}
