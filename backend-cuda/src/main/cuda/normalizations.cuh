// What the kernels of local response normalization share (paper, section 3.3). With N(p) the neighbourhood of element p
// of x (N, C, H, W) and d[p] = k + alpha * sum over q in N(p) of x[q]^2:
//
//   y[p]  = x[p] * d[p]^-beta
//   dx[p] = dy[p] * d[p]^-beta - 2 alpha beta x[p] * sum over q in N(p) of dy[q] * y[q] / d[q]
//
// The neighbourhood is symmetric: q is in N(p) exactly if p is in N(q).
#pragma once
#include "common.cuh"

#define SMALLEST_NORMAL 1.17549435e-38f

// x^-0.5 and x^0.5 to the last bit but two, in one instruction each; x is 0, infinite or a normal number, or NaN.
#ifndef CUDA_EMULATION
DEVICE float nearInverseRoot(float x) {
    float root;
    asm("rsqrt.approx.ftz.f32 %0, %1;" : "=f"(root) : "f"(x));
    return root;
}

DEVICE float nearRoot(float x) {
    float root;
    asm("sqrt.approx.ftz.f32 %0, %1;" : "=f"(root) : "f"(x));
    return root;
}
#endif

// d^-0.75, and 1 / d in inverse, for a normal d; both 0 for an infinite one.
DEVICE float powerOfThreeQuarters(float d, float& inverse) {
    float root = nearInverseRoot(d);
    inverse = root * root;
    return root * nearRoot(root);
}
