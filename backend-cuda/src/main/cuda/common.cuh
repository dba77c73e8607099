// What every kernel shares: how kernels are declared, exact integer division, and the functions of one and two numbers.
//
// All tensors are dense, row-major and single precision. "x (N, C, H, W)" in a comment gives a pointer's shape. Sums
// are taken in a fixed order and never by atomics, so the same inputs give the same bits. The emulated driver of the
// tests compiles these same files with a header of its own in place of the CUDA language.
//
// Each kernel's comment ends with its launch shape. Blocks have 256 threads, and there are these shapes:
//   over elements      a thread for each element, in at most 16 blocks for each multiprocessor; beyond that a thread
//                      takes several elements, elementStep() apart
//   a block per ...    as many blocks along x as there are rows, or parts of rows
//   a block per tile   tiles of the result: columns along x, rows along y, and groups along z
#pragma once

#ifndef CUDA_EMULATION
#define KERNEL(name) extern "C" __global__ void name
#define DEVICE __device__ __forceinline__
#endif

// Threads in a block. The tiled products have a constant of their own, as their tiles are cut for 16 x 16 threads.
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

// The codes of dev.tandem.spi.op.UnaryFunction.
enum Unary {
    IDENTITY = 0,
    RELU = 1,
    TANH = 2,
    SIGMOID = 3,
    EXP = 4,
    SQRT = 5,
    LOG = 6,
    ABS = 7,
    SIGN = 8,
    ERF = 9,
    GELU = 10
};

DEVICE float signOf(float x) { return x > 0 ? 1 : x < 0 ? -1 : x; }

// The probability that a standard normal number is below x.
DEVICE float normalBelow(float x) { return 0.5f * erfcf(-0.707106781f * x); }

DEVICE float applyUnary(int f, float x) {
    switch (f) {
        case RELU: return x < 0 ? 0 : x;  // keeps NaN, which a maximum would hide
        case TANH: return tanhf(x);
        case SIGMOID: return 1 / (1 + expf(-x));
        case EXP: return expf(x);
        case SQRT: return sqrtf(x);
        case LOG: return logf(x);
        case ABS: return fabsf(x);
        case SIGN: return signOf(x);
        case ERF: return erff(x);
        case GELU: return x * normalBelow(x);
        default: return x;
    }
}

// The derivative: from LOG on it comes from the input, for those before from the output.
DEVICE float derivativeOfUnary(int f, float saved) {
    switch (f) {
        case RELU: return saved > 0 ? 1 : 0;
        case TANH: return 1 - saved * saved;
        case SIGMOID: return saved * (1 - saved);
        case EXP: return saved;
        case SQRT: return 0.5f / saved;
        case LOG: return 1 / saved;
        case ABS: return signOf(saved);
        case SIGN: return 0;
        case ERF: return 1.12837917f * expf(-saved * saved);
        case GELU: return normalBelow(saved) + 0.398942280f * saved * expf(-0.5f * saved * saved);
        default: return 1;
    }
}

// The codes of dev.tandem.spi.op.BinaryFunction.
enum Binary { ADD = 0, SUBTRACT = 1, MULTIPLY = 2, DIVIDE = 3, MAXIMUM = 4, MINIMUM = 5, POWER = 6 };

DEVICE float applyBinary(int f, float a, float b) {
    switch (f) {
        case SUBTRACT: return a - b;
        case MULTIPLY: return a * b;
        case DIVIDE: return a / b;
        case MAXIMUM: return a > b || a != a ? a : b;  // NaN if one is NaN, which fmaxf would hide
        case MINIMUM: return a < b || a != a ? a : b;
        case POWER: return powf(a, b);
        default: return a + b;
    }
}
