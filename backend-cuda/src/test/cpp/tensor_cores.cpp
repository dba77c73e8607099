// The products of tensor cores, with the fragments that tensor_sums.cuh describes.
#include "threads.h"

namespace {
// x without its last 13 bits.
float cut(float x) {
    unsigned bits;
    memcpy(&bits, &x, sizeof bits);
    return __uint_as_float(bits & ~0x1fffu);
}

// What a register of bfloat16 numbers holds.
struct Pair {
    float low, high;
    explicit Pair(unsigned bits) : low(__uint_as_float(bits << 16)), high(__uint_as_float(bits & 0xffff0000u)) {}
    Pair() = default;
};

float product(float a, float b) { return a * b; }
float product(const Pair& a, const Pair& b) { return a.low * b.low + a.high * b.high; }

// Every thread stores its fragments and reads those of its warp's lanes that its sums need. All threads of the block
// call this together, so the block's barrier also orders the warp.
template <class Operand>
void multiply(float (&c)[4], const Operand (&a)[4], const Operand (&b)[2]) {
    static struct {
        Operand a[4], b[2];
    } fragments[1024];
    unsigned thread = emulation::threadIndex.x, warp = thread / 32 * 32, group = thread % 32 / 4, place = thread % 4;
    memcpy(fragments[thread].a, a, sizeof a);
    memcpy(fragments[thread].b, b, sizeof b);
    emulation::barrier();
    for (unsigned i = 0; i < 4; i++) {
        unsigned column = 2 * place + i % 2;
        for (unsigned k = 0; k < 8; k++) {
            c[i] += product(fragments[warp + group * 4 + k % 4].a[i / 2 + k / 4 * 2],
                            fragments[warp + column * 4 + k % 4].b[k / 4]);
        }
    }
    emulation::barrier();
}
}  // namespace

void multiplyTf32(float (&c)[4], float a0, float a1, float a2, float a3, float b0, float b1) {
    multiply<float>(c, {cut(a0), cut(a1), cut(a2), cut(a3)}, {cut(b0), cut(b1)});
}

void multiplyBf16(float (&c)[4], unsigned a0, unsigned a1, unsigned a2, unsigned a3, unsigned b0, unsigned b1) {
    multiply<Pair>(c, {Pair(a0), Pair(a1), Pair(a2), Pair(a3)}, {Pair(b0), Pair(b1)});
}
