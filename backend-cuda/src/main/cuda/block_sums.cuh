// Sums and maxima over the threads of a block.
#pragma once
#include "common.cuh"

// The sum of value over the block, for every thread. partial holds BLOCK numbers. It cannot be used for a second
// sum: a thread may still read it when another one is ahead.
DEVICE float blockSum(float value, float* partial) {
    partial[threadIdx.x] = value;
    __syncthreads();
    for (int half = BLOCK / 2; half > 0; half /= 2) {
        if (threadIdx.x < half) {
            partial[threadIdx.x] += partial[threadIdx.x + half];
        }
        __syncthreads();
    }
    return partial[0];
}

// The greatest value of the block, for every thread; partial as above.
DEVICE float blockMax(float value, float* partial) {
    partial[threadIdx.x] = value;
    __syncthreads();
    for (int half = BLOCK / 2; half > 0; half /= 2) {
        if (threadIdx.x < half) {
            partial[threadIdx.x] = fmaxf(partial[threadIdx.x], partial[threadIdx.x + half]);
        }
        __syncthreads();
    }
    return partial[0];
}
