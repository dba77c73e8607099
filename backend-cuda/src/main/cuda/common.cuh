// What every kernel shares: how kernels are declared, exact integer division, and the functions of one and two numbers.
//
// All tensors are dense and row-major. "x (N, C, H, W)" in a comment gives a pointer's shape. Their elements are in
// single precision, or if they are declared as Element in bfloat16 in the module that bf16.cu makes. Sums are taken in a
// fixed order and never by atomics, so the same inputs give the same bits. The emulated driver of the tests compiles
// these same files with a header of its own in place of the CUDA language.
//
// Each kernel's comment ends with its launch shape. Blocks have 256 threads, and there are these shapes:
//   over elements      a thread for each element, in at most 16 blocks for each multiprocessor; beyond that a thread
//                      takes several elements, elementStep() apart
//   over fours         as over elements, of which a thread takes four neighbours at once
//   a block per ...    as many blocks along x as there are rows, or parts of rows
//   a block per tile   tiles of the result: columns along x, rows along y, and groups along z
#pragma once

// A kernel's name in the module that is compiled.
#ifdef ELEMENTS_IN_BF16
#define KERNEL_NAME(name) name##_bf16
#else
#define KERNEL_NAME(name) name
#endif

#ifndef CUDA_EMULATION
#define KERNEL(name) extern "C" __global__ void KERNEL_NAME(name)
// A kernel whose registers leave room for so many blocks of BLOCK threads on a multiprocessor.
#define BOUNDED_KERNEL(name, blocks) extern "C" __global__ void __launch_bounds__(256, blocks) KERNEL_NAME(name)
#define DEVICE __device__ __forceinline__
#endif

#ifndef CUDA_EMULATION
// The nearest bfloat16 number, ties to even, which is the upper half of a number in single precision; and two of them.
#if __CUDA_ARCH__ >= 800
DEVICE unsigned short nearestBf16(float x) {
    unsigned short bits;
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(x));
    return bits;
}
DEVICE unsigned nearestBf16s(float low, float high) {
    unsigned bits;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(bits) : "f"(high), "f"(low));
    return bits;
}
#endif
#endif

// A number in bfloat16.
struct Bf16 {
    unsigned short bits;
};

#ifdef ELEMENTS_IN_BF16
typedef Bf16 Element;
typedef unsigned short Word;  // an element that is only moved
#else
typedef float Element;
typedef unsigned Word;
#endif

// Threads in a block. The tiled products have a constant of their own, as their tiles are cut for 16 x 16 threads.
#define BLOCK 256

// n / value and n % value for 0 <= n < 2^31 by one multiplication (Granlund and Montgomery, PLDI 1994); the host
// computes multiplier = ceil(2^(31 + shift) / value), shift being the base-2 logarithm of value, rounded up.
struct Divisor {
    int value;
    unsigned multiplier;
    int shift;

    DEVICE int quotient(int n) const { return (int)(__umulhi((unsigned)n * 2, multiplier) >> shift); }
};

// The place of the calling thread among all, and their number: for (i = first; i < count; i += step).
DEVICE long long firstElement() { return (long long)blockIdx.x * blockDim.x + threadIdx.x; }
DEVICE long long elementStep() { return (long long)gridDim.x * blockDim.x; }

// A number as a type.
template <int number>
struct Constant {
    static constexpr int value = number;
};

// Calls body(first, Constant<4>()) for the calling thread's fours of count elements, and body(first, Constant<1>()) for
// one of those behind the last four.
template <class Body>
DEVICE void inFours(long long count, Body body) {
    long long fours = count >> 2;
    for (long long i = firstElement(); i < fours; i += elementStep()) {
        body(i << 2, Constant<4>());
    }
    long long rest = (fours << 2) + firstElement();
    if (rest < count) {
        body(rest, Constant<1>());
    }
}

// One element or four at once, from an address that inFours gave, in a tensor.
DEVICE void load(const float* from, float (&to)[1]) { to[0] = from[0]; }
DEVICE void load(const float* from, float (&to)[4]) {
    float4 four = *(const float4*)from;
    to[0] = four.x, to[1] = four.y, to[2] = four.z, to[3] = four.w;
}
DEVICE void store(float* to, const float (&from)[1]) { to[0] = from[0]; }
DEVICE void store(float* to, const float (&from)[4]) { *(float4*)to = {from[0], from[1], from[2], from[3]}; }

// An element's value.
DEVICE float get(float x) { return x; }
DEVICE void put(float* to, float value) { *to = value; }

#ifdef ELEMENTS_IN_BF16
DEVICE float get(Bf16 x) { return __uint_as_float((unsigned)x.bits << 16); }
DEVICE void load(const Bf16* from, float (&to)[1]) { to[0] = get(from[0]); }
DEVICE void load(const Bf16* from, float (&to)[4]) {
    uint2 four = *(const uint2*)from;
    to[0] = __uint_as_float(four.x << 16), to[1] = __uint_as_float(four.x & 0xffff0000u);
    to[2] = __uint_as_float(four.y << 16), to[3] = __uint_as_float(four.y & 0xffff0000u);
}
DEVICE void put(Bf16* to, float value) { to->bits = nearestBf16(value); }
DEVICE void store(Bf16* to, const float (&from)[1]) { put(to, from[0]); }
DEVICE void store(Bf16* to, const float (&from)[4]) {
    *(uint2*)to = {nearestBf16s(from[0], from[1]), nearestBf16s(from[2], from[3])};
}
#endif

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

// Calls body with the function as a Constant, so that a loop need not choose among functions for each element.
template <class Body>
DEVICE void chooseUnary(int f, Body body) {
    switch (f) {
        case RELU: body(Constant<RELU>()); break;
        case TANH: body(Constant<TANH>()); break;
        case SIGMOID: body(Constant<SIGMOID>()); break;
        case EXP: body(Constant<EXP>()); break;
        case SQRT: body(Constant<SQRT>()); break;
        case LOG: body(Constant<LOG>()); break;
        case ABS: body(Constant<ABS>()); break;
        case SIGN: body(Constant<SIGN>()); break;
        case ERF: body(Constant<ERF>()); break;
        case GELU: body(Constant<GELU>()); break;
        default: body(Constant<IDENTITY>());
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

// As chooseUnary.
template <class Body>
DEVICE void chooseBinary(int f, Body body) {
    switch (f) {
        case SUBTRACT: body(Constant<SUBTRACT>()); break;
        case MULTIPLY: body(Constant<MULTIPLY>()); break;
        case DIVIDE: body(Constant<DIVIDE>()); break;
        case MAXIMUM: body(Constant<MAXIMUM>()); break;
        case MINIMUM: body(Constant<MINIMUM>()); break;
        case POWER: body(Constant<POWER>()); break;
        default: body(Constant<ADD>());
    }
}
