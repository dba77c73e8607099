// The arithmetic of tiled products: a thread's DOWN x ACROSS elements of the result, and what a step adds to them. The
// 256 threads stand in 16 x 16 places of the result, each with neighbouring elements in quads. There are two kinds,
// exact single precision and TF32 on tensor cores, with the same members:
//   start()                  zeros
//   add(a, b)                adds the product of the tiles a and b
//   down(), across()         the thread's place
//   row(down, i), column(across, j)   where element (i, j) of the thread at a place lies in the tile of the result
//   get(i, j)                its value
#pragma once
#include "tiles.cuh"

// Single precision. A thread's rows, and columns, lie in quads 64 apart, so that a warp reads shared memory four
// numbers at a time and without bank conflicts.
template <class T>
struct ExactSums {
    static constexpr int DOWN = T::ROWS / SIDE, ACROSS = T::COLUMNS / SIDE;
    float sums[DOWN][ACROSS];

    DEVICE static int spread(int side, int i) { return i / 4 * 64 + side * 4 + i % 4; }
    DEVICE static int down() { return threadIdx.x / SIDE; }
    DEVICE static int across() { return threadIdx.x % SIDE; }
    DEVICE static int row(int down, int i) { return spread(down, i); }
    DEVICE static int column(int across, int j) { return spread(across, j); }
    DEVICE float get(int i, int j) const { return sums[i][j]; }

    DEVICE void start() {
#pragma unroll
        for (int i = 0; i < DOWN; i++) {
#pragma unroll
            for (int j = 0; j < ACROSS; j++) {
                sums[i][j] = 0;
            }
        }
    }

    DEVICE void add(ExactTile<T::ROWS, T::DEPTH>& a, ExactTile<T::COLUMNS, T::DEPTH>& b) {
#pragma unroll
        for (int d = 0; d < T::DEPTH; d++) {
            float left[DOWN / 4][4], right[ACROSS / 4][4];
#pragma unroll
            for (int i = 0; i < DOWN; i += 4) {
                readFour(a.at(row(down(), i), d), left[i / 4]);
            }
#pragma unroll
            for (int j = 0; j < ACROSS; j += 4) {
                readFour(b.at(column(across(), j), d), right[j / 4]);
            }
#pragma unroll
            for (int i = 0; i < DOWN; i++) {
#pragma unroll
                for (int j = 0; j < ACROSS; j++) {
                    sums[i][j] += left[i / 4][i % 4] * right[j / 4][j % 4];
                }
            }
        }
    }
};

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
#endif

// TF32: operands with 10 bits of mantissa, sums in single precision. The block's 8 warps stand 2 down and 4 across.
// Which rows of the result are a tensor core's rows is free, and likewise columns and depths: they are chosen so that a
// lane reads its elements four at a time, and has 8 (in small tiles 4) neighbouring columns of the result.
template <class T, bool A_DEPTH_FIRST, bool B_DEPTH_FIRST>
struct Tf32Sums {
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

    // One multiplication makes the cut after 10 bits of mantissa nearly a rounding: x grows by a third to two thirds of
    // the last bit. So the error is at most two thirds of that bit, on both sides, and no number of 10 bits changes.
    DEVICE static float prepare(float x) { return x * (1 + 0x1p-10f / 3); }

    DEVICE void start() {
#pragma unroll
        for (int i = 0; i < DOWN * ACROSS; i++) {
            (&sums[0][0][0][0])[i] = 0;
        }
    }

    // The elements of b for the lane: by depth (those of a lane are 4 place to 4 place + 3) and piece.
    template <class B>
    DEVICE static void readRight(B& b, float (&right)[4][PIECES]) {
        if (B_DEPTH_FIRST) {
#pragma unroll
            for (int j = 0; j < PIECES; j++) {
                float read[4];
                readFour(b.at(readColumn() + 2 * j, 4 * place()), read);
#pragma unroll
                for (int d = 0; d < 4; d++) {
                    right[d][j] = prepare(read[d]);
                }
            }
        } else {
#pragma unroll
            for (int d = 0; d < 4; d++) {
                const float* from = b.at(readColumn(), 4 * place() + d);
                if (PIECES == 4) {
                    float read[4];
                    readFour(from, read);
#pragma unroll
                    for (int j = 0; j < PIECES; j++) {
                        right[d][j] = prepare(read[j]);
                    }
                } else {
                    float2 read = *(const float2*)from;
                    right[d][0] = prepare(read.x);
                    right[d][1] = prepare(read.y);
                }
            }
        }
    }

    // Likewise a's quad of rows t: by row and depth.
    template <class A>
    DEVICE static void readLeft(A& a, int t, float (&left)[4][4]) {
#pragma unroll
        for (int n = 0; n < 4; n++) {
            float read[4];
            readFour(A_DEPTH_FIRST ? a.at(row(down(), 4 * t + n), 4 * place()) : a.at(row(down(), 4 * t), 4 * place() + n),
                     read);
#pragma unroll
            for (int m = 0; m < 4; m++) {
                (A_DEPTH_FIRST ? left[n][m] : left[m][n]) = prepare(read[m]);
            }
        }
    }

    template <class A, class B>
    DEVICE void add(A& a, B& b) {
        float right[4][PIECES];
        readRight(b, right);
#pragma unroll
        for (int t = 0; t < DOWN / 4; t++) {
            float left[4][4];
            readLeft(a, t, left);
#pragma unroll
            for (int d = 0; d < 4; d += 2) {
#pragma unroll
                for (int i = 0; i < 2; i++) {
#pragma unroll
                    for (int j = 0; j < PIECES; j++) {
                        multiplyTf32(sums[t][i][j], left[2 * i][d], left[2 * i + 1][d], left[2 * i][d + 1],
                                     left[2 * i + 1][d + 1], right[d][j], right[d + 1][j]);
                    }
                }
            }
        }
    }
};
