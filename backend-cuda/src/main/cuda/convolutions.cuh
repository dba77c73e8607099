// Convolution of x (N, C, H, W) with w (K, C/groups, R, S) into y (N, K, P, Q) and its gradients, as implicit matrix
// products: the matrices of patches exist only as index arithmetic. Each group has products of its own; C and K are the
// channels and outputs of one group here:
//
//   forward   y (K, N P Q)   = w (K, C R S)          times the patches of x (C R S, N P Q)
//   data      dx (C, N H W)  = w turned (C, K R S)   times the patches of dy (K R S, N H W)
//   weights   dw (K, C R S)  = dy (K, N P Q)         times the patches of x turned (N P Q, C R S)
//
// So the gradient with respect to the data is a convolution of dy with the weights turned by half a turn. If the strides
// are 1 it is the forward kernel; otherwise dy is spread by zeros, which also only exist as index arithmetic.
//
// blockIdx.z is the group. The gradient with respect to the weights has a long depth, N P Q, and a small result, so its
// depth is cut into parts as well: blockIdx.z then is the group and the part, and the parts' results
// (parts, K, C/groups, R, S) are summed afterwards.
#pragma once
#include "patches.cuh"

// y = x * w + bias, followed by ReLU if relu is 1; bias (K) may be null.
template <class T, bool SPREAD, class S>
DEVICE void forward(S& shared, const Element* x, const Element* w, const float* bias, Element* y,
                    const Convolution& s, int relu, int fours) {
    int group = blockIdx.z;
    int depth = s.groupChannels * s.kernelArea.value;
    int firstOutput = group * s.groupOutputs;
    MatrixOperand<T, T::ROWS, true> weights = {w + (long long)firstOutput * depth, s.groupOutputs, depth, fours != 0};
    Patches<T, T::COLUMNS, SPREAD> patches = {s, x + (long long)group * s.groupChannels * s.height * s.width};
    auto result = [&] {
        int first = late(blockIdx.z) * s.groupOutputs;
        return MapsResult{y + first * s.outArea.value, bias ? bias + first : nullptr, s.outputs, s.outArea, relu};
    };
    tileProduct(shared, weights, patches, result, s.groupOutputs, s.samples * s.outArea.value, 0, depth);
}

// The gradient with respect to w in parts: dw (parts, K, C/groups, R, S), each part over chunk outputs (n, p, q).
template <class T, class S>
DEVICE void backwardWeights(S& shared, const Element* x, const Element* dy, float* dw, const Convolution& s,
                            int groups, int chunk) {
    int part = blockIdx.z / groups, group = blockIdx.z - part * groups;
    int weights = s.groupChannels * s.kernelArea.value;
    int firstOutput = group * s.groupOutputs;
    int begin = part * chunk, end = min(begin + chunk, s.samples * s.outArea.value);
    OutputGradient<T, T::ROWS> gradient = {s, dy + (long long)firstOutput * s.outArea.value};
    PatchesTurned<T, T::COLUMNS> patches = {s, x + (long long)group * s.groupChannels * s.height * s.width};
    auto result = [&] {
        int z = late(blockIdx.z);
        long long first = (long long)(z / groups) * s.outputs + z % groups * s.groupOutputs;
        return MatrixResult<float>{dw + first * (s.groupChannels * s.kernelArea.value), nullptr,
                            s.groupChannels * s.kernelArea.value, 0};
    };
    tileProduct(shared, gradient, patches, result, s.groupOutputs, weights, begin, end);
}

// Launch: a block per tile of y, dx or dw. Along z there are groups, for dw groups times parts. For dx with strides, x is
// dy, y is dx, w is turned, and the strides are those of the convolution.
#define CONVOLUTIONS(size, T)                                                                                          \
    BOUNDED_KERNEL(convolution_forward_##size, T::BLOCKS)                                                              \
    (const Element* __restrict__ x, const Element* __restrict__ w, const float* __restrict__ bias,                     \
     Element* __restrict__ y, Convolution s, int relu, int fours) {                                                    \
        __shared__ Shared<T, MatrixOperand<T, T::ROWS, true>, Patches<T, T::COLUMNS, false>> shared;                   \
        forward<T, false>(shared, x, w, bias, y, s, relu, fours);                                                      \
    }                                                                                                                  \
    BOUNDED_KERNEL(convolution_data_##size, T::BLOCKS)                                                                 \
    (const Element* __restrict__ dy, const Element* __restrict__ turned, Element* __restrict__ dx, Convolution s,      \
     int fours) {                                                                                                      \
        __shared__ Shared<T, MatrixOperand<T, T::ROWS, true>, Patches<T, T::COLUMNS, true>> shared;                    \
        forward<T, true>(shared, dy, turned, nullptr, dx, s, 0, fours);                                                \
    }                                                                                                                  \
    BOUNDED_KERNEL(convolution_weights_##size, T::BLOCKS)                                                              \
    (const Element* __restrict__ x, const Element* __restrict__ dy, float* __restrict__ dw, Convolution s, int groups, \
     int chunk) {                                                                                                      \
        __shared__ Shared<T, OutputGradient<T, T::ROWS>, PatchesTurned<T, T::COLUMNS>> shared;                         \
        backwardWeights<T>(shared, x, dy, dw, s, groups, chunk);                                                       \
    }
