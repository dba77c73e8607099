// What every kernel shares: how kernels are declared, exact integer division, and the functions of one and two numbers.
//
// All tensors are dense, row-major and single precision. "x (N, C, H, W)" in a comment gives a pointer's shape. Sums
// are taken in a fixed order and never by atomics, so the same inputs give the same bits. The emulated driver of the
// tests compiles these same files with a header of its own in place of the CUDA language.
#pragma once

#ifndef CUDA_EMULATION
#define KERNEL(name) extern "C" __global__ void name
#define DEVICE __device__ __forceinline__
#endif

// Threads in a block of every kernel but the tiled products, which have as many by coincidence of their own.
#define BLOCK 256

// n / value and n % value for 0 <= n < 2^31 by one multiplication (Granlund and Montgomery, PLDI 1994); the host
// computes multiplier = ceil(2^(31 + log) / value) and shift = log - 1, log being the base-2 logarithm of value,
// rounded up.
struct Divisor {
    int value;
    unsigned multiplier;
    int shift;

    DEVICE int quotient(int n) const { return value == 1 ? n : (int)(__umulhi((unsigned)n, multiplier) >> shift); }
};

// The place of the calling thread among all, and their number: for (i = first; i < count; i += step).
DEVICE long long firstElement() { return (long long)blockIdx.x * blockDim.x + threadIdx.x; }
DEVICE long long elementStep() { return (long long)gridDim.x * blockDim.x; }

// In the order of dev.tandem.spi.op.UnaryFunction.
enum Unary { IDENTITY, RELU, TANH, SIGMOID, EXP, SQRT, LOG, ABS };

DEVICE float applyUnary(int f, float x) {
    switch (f) {
        case RELU: return x < 0 ? 0 : x;  // keeps NaN, which a maximum would hide
        case TANH: return tanhf(x);
        case SIGMOID: return 1 / (1 + expf(-x));
        case EXP: return expf(x);
        case SQRT: return sqrtf(x);
        case LOG: return logf(x);
        case ABS: return fabsf(x);
        default: return x;
    }
}

// The derivative, from the output for all but LOG and ABS, which take the input.
DEVICE float derivativeOfUnary(int f, float saved) {
    switch (f) {
        case RELU: return saved > 0 ? 1 : 0;
        case TANH: return 1 - saved * saved;
        case SIGMOID: return saved * (1 - saved);
        case EXP: return saved;
        case SQRT: return 0.5f / saved;
        case LOG: return 1 / saved;
        case ABS: return saved > 0 ? 1 : saved < 0 ? -1 : 0;
        default: return 1;
    }
}

// In the order of dev.tandem.spi.op.BinaryFunction.
enum Binary { ADD, SUBTRACT, MULTIPLY, DIVIDE };

DEVICE float applyBinary(int f, float a, float b) {
    switch (f) {
        case SUBTRACT: return a - b;
        case MULTIPLY: return a * b;
        case DIVIDE: return a / b;
        default: return a + b;
    }
}
