// Sums on tensor cores: products of operands in TF32, of 10 bits of mantissa, or in bfloat16, of 7; sums in single
// precision. The members are those that tile_sums.cuh describes.
#pragma once
#include "tiles.cuh"

#ifndef CUDA_EMULATION
// One warp: c (16, 8) += a (16, 8) b (8, 8). With group = lane / 4 and place = lane % 4, a lane holds
//   a: (group, place), (group + 8, place), (group, place + 4), (group + 8, place + 4)
//   b: (place, group), (place + 4, group)
//   c: (group, 2 place), (group, 2 place + 1), (group + 8, 2 place), (group + 8, 2 place + 1)
// Of a and b, the last 13 bits do not count.
DEVICE void multiplyTf32(float (&c)[4], float a0, float a1, float a2, float a3, float b0, float b1) {
    asm volatile(
        "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(__float_as_uint(a0)), "r"(__float_as_uint(a1)), "r"(__float_as_uint(a2)), "r"(__float_as_uint(a3)),
          "r"(__float_as_uint(b0)), "r"(__float_as_uint(b1)));
}

// The same with pairs of bfloat16 numbers in place of numbers, which are neighbours in depth, the first one in the lower
// half: c (16, 8) += a (16, 16) b (16, 8).
DEVICE void multiplyBf16(float (&c)[4], unsigned a0, unsigned a1, unsigned a2, unsigned a3, unsigned b0, unsigned b1) {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}

// Two words in shared memory, at an address divisible by 8; see readFour.
DEVICE void readTwo(const void* shared, unsigned (&to)[2]) {
    asm volatile("ld.shared.v2.b32 {%0, %1}, [%2];"
                 : "=r"(to[0]), "=r"(to[1])
                 : "r"((unsigned)__cvta_generic_to_shared(shared)));
}
#endif

// How a lane's registers of operands come from the tiles of a step: LANE of them of each row or column, for its depths
// 4 place to 4 place + 3. Members:
//   alongDepth(from, to)                 those of one row or column, whose depths are neighbours from this address on
//   acrossDepth(tile, outer, place, d, to)   register d of some neighbouring rows or columns, from outer on
//   multiply                             a tensor core's product
//
// TF32: a number in each.
struct Tf32Registers {
    typedef float Register;
    static constexpr int LANE = 4;

    // One multiplication makes the cut after 10 bits of mantissa nearly a rounding: x grows by a third to two thirds of
    // the last bit. So the error is at most two thirds of that bit, on both sides, and no number of 10 bits changes.
    DEVICE static float prepare(float x) { return x * (1 + 0x1p-10f / 3); }

    DEVICE static void alongDepth(const float* from, float (&to)[4]) {
        float read[4];
        readFour(from, read);
#pragma unroll
        for (int d = 0; d < 4; d++) {
            to[d] = prepare(read[d]);
        }
    }
    template <class Tile>
    DEVICE static void acrossDepth(Tile& tile, int outer, int place, int d, float (&to)[4]) {
        alongDepth(tile.at(outer, 4 * place + d), to);
    }
    template <class Tile>
    DEVICE static void acrossDepth(Tile& tile, int outer, int place, int d, float (&to)[2]) {
        float2 read = *(const float2*)tile.at(outer, 4 * place + d);
        to[0] = prepare(read.x);
        to[1] = prepare(read.y);
    }
    DEVICE static void multiply(float (&c)[4], float a0, float a1, float a2, float a3, float b0, float b1) {
        multiplyTf32(c, a0, a1, a2, a3, b0, b1);
    }
};

// bfloat16: a pair of depths in each.
struct Bf16Registers {
    typedef unsigned Register;
    static constexpr int LANE = 2;

    DEVICE static void alongDepth(const Element* from, unsigned (&to)[2]) { readTwo(from, to); }

    template <class Tile>
    DEVICE static void acrossDepth(Tile& tile, int outer, int place, int d, unsigned (&to)[4]) {
        unsigned first[2], second[2];
        readTwo(tile.at(outer, 4 * place + 2 * d), first);
        readTwo(tile.at(outer, 4 * place + 2 * d + 1), second);
        pair(first[0], second[0], to[0], to[1]);
        pair(first[1], second[1], to[2], to[3]);
    }
    template <class Tile>
    DEVICE static void acrossDepth(Tile& tile, int outer, int place, int d, unsigned (&to)[2]) {
        pair(*(const unsigned*)tile.at(outer, 4 * place + 2 * d), *(const unsigned*)tile.at(outer, 4 * place + 2 * d + 1),
             to[0], to[1]);
    }
    // The lower halves of two words, and the upper ones.
    DEVICE static void pair(unsigned first, unsigned second, unsigned& lower, unsigned& upper) {
        lower = __byte_perm(first, second, 0x5410);
        upper = __byte_perm(first, second, 0x7632);
    }
    DEVICE static void multiply(float (&c)[4], unsigned a0, unsigned a1, unsigned a2, unsigned a3, unsigned b0,
                                unsigned b1) {
        multiplyBf16(c, a0, a1, a2, a3, b0, b1);
    }
};

// The block's 8 warps stand 2 down and 4 across. Which rows of the result are a tensor core's rows is free, and likewise
// columns and depths: they are chosen so that a lane reads its elements four at a time, and has 8 (in small tiles 4)
// neighbouring columns of the result.
template <class T, bool A_DEPTH_FIRST, bool B_DEPTH_FIRST>
struct TensorSums {
    typedef typename T::Registers R;
    typedef typename R::Register Register;
    static constexpr int LANE = R::LANE;
    static constexpr int DOWN = T::ROWS / SIDE, ACROSS = T::COLUMNS / SIDE;
    static constexpr int PIECES = ACROSS / 2;  // of 8 columns
    // By quads of rows, which make two pieces of 16 rows with the 8 groups; there, c of multiplyTf32.
    float sums[DOWN / 4][2][PIECES][4];

    DEVICE static int group() { return threadIdx.x % 32 / 4; }
    DEVICE static int place() { return threadIdx.x % 4; }
    DEVICE static int down() { return threadIdx.x / 128 * 8 + group(); }
    DEVICE static int across() { return threadIdx.x / 32 % 4 * 4 + place(); }
    DEVICE static int row(int down, int i) {
        return down / 8 * (8 * DOWN) + (A_DEPTH_FIRST ? i * 8 + down % 8 : i / 4 * 32 + down % 8 * 4 + i % 4);
    }
    DEVICE static int column(int across, int j) { return across * ACROSS + j; }
    DEVICE float get(int i, int j) const {
        int piece = B_DEPTH_FIRST ? j / 2 : j % PIECES, second = B_DEPTH_FIRST ? j % 2 : j / PIECES;
        return sums[i / 4][i % 4 / 2][piece][i % 2 * 2 + second];
    }
    // The first column of piece 0 that this lane reads of b, and how far those of the other pieces are apart.
    DEVICE static int readColumn() {
        int first = threadIdx.x / 32 % 4 * (4 * ACROSS);
        return first + (B_DEPTH_FIRST ? group() / 2 * ACROSS + group() % 2 : group() * PIECES);
    }

    DEVICE void start() {
#pragma unroll
        for (int i = 0; i < DOWN * ACROSS; i++) {
            (&sums[0][0][0][0])[i] = 0;
        }
    }

    // The registers of b, by depth and piece.
    template <class B>
    DEVICE static void readRight(B& b, Register (&right)[LANE][PIECES]) {
        if constexpr (B_DEPTH_FIRST) {
#pragma unroll
            for (int j = 0; j < PIECES; j++) {
                Register read[LANE];
                R::alongDepth(b.at(readColumn() + 2 * j, 4 * place()), read);
#pragma unroll
                for (int d = 0; d < LANE; d++) {
                    right[d][j] = read[d];
                }
            }
        } else {
#pragma unroll
            for (int d = 0; d < LANE; d++) {
                R::acrossDepth(b, readColumn(), place(), d, right[d]);
            }
        }
    }

    // Those of a's quad of rows t, by row and depth.
    template <class A>
    DEVICE static void readLeft(A& a, int t, Register (&left)[4][LANE]) {
        if constexpr (A_DEPTH_FIRST) {
#pragma unroll
            for (int n = 0; n < 4; n++) {
                R::alongDepth(a.at(row(down(), 4 * t + n), 4 * place()), left[n]);
            }
        } else {
#pragma unroll
            for (int d = 0; d < LANE; d++) {
                Register read[4];
                R::acrossDepth(a, row(down(), 4 * t), place(), d, read);
#pragma unroll
                for (int n = 0; n < 4; n++) {
                    left[n][d] = read[n];
                }
            }
        }
    }

    template <class A, class B>
    DEVICE void add(A& a, B& b) {
        Register right[LANE][PIECES];
        readRight(b, right);
#pragma unroll
        for (int t = 0; t < DOWN / 4; t++) {
            Register left[4][LANE];
            readLeft(a, t, left);
#pragma unroll
            for (int d = 0; d < LANE; d += 2) {
#pragma unroll
                for (int i = 0; i < 2; i++) {
#pragma unroll
                    for (int j = 0; j < PIECES; j++) {
                        R::multiply(sums[t][i][j], left[2 * i][d], left[2 * i + 1][d], left[2 * i][d + 1],
                                    left[2 * i + 1][d + 1], right[d][j], right[d + 1][j]);
                    }
                }
            }
        }
    }
};
