// The part of CUDA C++ that our kernels use, for the host's compiler; included before the kernels' sources. Blocks run
// one at a time, so a block's variables are global. See threads.h for how a block's threads run.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>

#define CUDA_EMULATION
#define KERNEL(name) extern "C" void KERNEL_NAME(name)
#define BOUNDED_KERNEL(name, blocks) KERNEL(name)
#define DEVICE inline
// All in one section, which is filled with NaN before each block: nothing may be read before it is written.
#define __shared__ static __attribute__((section("emulated_shared")))
#define __syncthreads() emulation::barrier()

namespace emulation {
struct Index {
    unsigned x, y, z;
};
extern Index threadIndex, blockIndex, blockSize, gridSize;
void barrier();
}  // namespace emulation

#define threadIdx emulation::threadIndex
#define blockIdx emulation::blockIndex
#define blockDim emulation::blockSize
#define gridDim emulation::gridSize

#define __align__(bytes) alignas(bytes)

namespace emulation {
// Faults if an address is not aligned, as the device does.
template <class T>
inline void requireAligned(const T* address) {
    asm("" : "+r"(address));  // otherwise the compiler may take it for aligned, as T is
    if (__builtin_expect((size_t)address % sizeof(T) != 0, 0)) {
        *(volatile char*)1;
    }
}
}  // namespace emulation

// What the device reads and writes at once.
struct alignas(16) float4 {
    float x, y, z, w;
    float4(float x, float y, float z, float w) : x(x), y(y), z(z), w(w) {}
    float4(const float4& from) { *this = from; }
    float4& operator=(const float4& from) {
        emulation::requireAligned(this), emulation::requireAligned(&from);
        x = from.x, y = from.y, z = from.z, w = from.w;
        return *this;
    }
};

template <class T>
struct alignas(8) Two {
    T x, y;
    Two(T x, T y) : x(x), y(y) {}
    Two(const Two& from) { *this = from; }
    Two& operator=(const Two& from) {
        emulation::requireAligned(this), emulation::requireAligned(&from);
        x = from.x, y = from.y;
        return *this;
    }
};
typedef Two<unsigned> uint2;
typedef Two<float> float2;

// As the instruction mma.sync.m16n8k8 with the fragments that tensor_sums.cuh describes: it cuts off the last 13 bits of
// the operands.
void multiplyTf32(float (&c)[4], float a0, float a1, float a2, float a3, float b0, float b1);

// As the instruction mma.sync.m16n8k16 with bfloat16 operands, likewise.
void multiplyBf16(float (&c)[4], unsigned a0, unsigned a1, unsigned a2, unsigned a3, unsigned b0, unsigned b1);

// As the instructions cp.async: memory is read and written as late as allowed, when the thread waits for its copies.
// Until then the destination is NaN.
void beginCopy(void* to, const void* from, size_t bytes, bool inside);
template <int COUNT, class E>
inline void copy(E* to, const E* from, bool inside) {
    beginCopy(to, from, COUNT * sizeof(E), inside);
}
void endCopies();
void waitForCopies(int pending);
template <class E>
inline const E* settled(const E* address) {
    return address;
}
inline int late(int number) { return number; }
template <class N>
inline void readFour(const N* shared, N (&to)[4]) {
    float4 read = *(const float4*)shared;
    memcpy(to, &read, sizeof to);
}
template <class E>
inline unsigned readBits(const E* from, bool inside) {
    return inside ? from->bits : 0;
}
inline void readTwo(const void* shared, unsigned (&to)[2]) {
    uint2 read = *(const uint2*)shared;
    to[0] = read.x, to[1] = read.y;
}
template <int PENDING>
inline void waitForCopies() {
    waitForCopies(PENDING);
}

// Reads of memory that no thread of the kernel writes.
template <class T>
inline T __ldg(const T* from) {
    return *from;
}

inline float __uint_as_float(unsigned bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

// The bytes of both words, from the lowest on, that the selector's digits name.
inline unsigned __byte_perm(unsigned low, unsigned high, unsigned selector) {
    uint64_t bytes = low | (uint64_t)high << 32;
    unsigned result = 0;
    for (int i = 0; i < 4; i++) {
        result |= (unsigned)(bytes >> (selector >> 4 * i & 7) * 8 & 0xff) << 8 * i;
    }
    return result;
}

// As the instructions cvt.rn.bf16.f32 and cvt.rn.bf16x2.f32: all that is not a number becomes the same.
inline unsigned short nearestBf16(float x) {
    unsigned bits;
    memcpy(&bits, &x, sizeof bits);
    return x != x ? 0x7fff : (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}
inline unsigned nearestBf16s(float low, float high) { return nearestBf16(low) | (unsigned)nearestBf16(high) << 16; }

// As the instructions rsqrt.approx.ftz.f32 and sqrt.approx.ftz.f32, but exact.
inline float nearInverseRoot(float x) { return 1 / std::sqrt(x); }
inline float nearRoot(float x) { return std::sqrt(x); }

inline int min(int a, int b) { return a < b ? a : b; }
inline int max(int a, int b) { return a > b ? a : b; }
inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)((uint64_t)a * b >> 32); }
