// The arithmetic of tiled products: a thread's DOWN x ACROSS elements of the result, and what a step adds to them.
// There are two kinds, exact single precision and TF32 on tensor cores, with the same members:
//   prepare(x)      an operand's element as it is kept in shared memory
//   start(thread)   zeros, for a thread of the block
//   add(a, b)       adds the product of the tiles a (DEPTH, ROWS) and b (DEPTH, COLUMNS)
//   row(i), column(j), get(i, j)   where the thread's element (i, j) lies in the tile of the result, and its value
#pragma once
#include "common.cuh"

#define SIDE 16
#define THREADS (SIDE * SIDE)

// The tiles in shared memory, and their arithmetic. PADDING, a multiple of 4, keeps rows aligned for reads of four
// numbers, and those that a warp reads together in other banks.
template <int ROWS_, int COLUMNS_, int DEPTH_, int PADDING_, template <class> class Sums_>
struct __align__(16) Tiles {
    static constexpr int ROWS = ROWS_, COLUMNS = COLUMNS_, DEPTH = DEPTH_, PADDING = PADDING_;
    typedef Sums_<Tiles> Sums;
    float a[2][DEPTH][ROWS + PADDING];
    float b[2][DEPTH][COLUMNS + PADDING];
};

// Single precision: the threads stand in a square of 16 x 16. A thread's rows, and columns, lie in quads 64 apart,
// so that a warp reads shared memory four numbers at a time and without bank conflicts.
template <class T>
struct ExactSums {
    static constexpr int DOWN = T::ROWS / SIDE, ACROSS = T::COLUMNS / SIDE;
    float sums[DOWN][ACROSS];
    int down, across;

    DEVICE static float prepare(float x) { return x; }
    DEVICE static int spread(int side, int i) { return (i / 4) * 64 + side * 4 + i % 4; }
    DEVICE int row(int i) const { return spread(down, i); }
    DEVICE int column(int j) const { return spread(across, j); }
    DEVICE float get(int i, int j) const { return sums[i][j]; }

    // Reads four numbers at once.
    DEVICE static void four(const float* from, float* to) {
        float4 read = *(const float4*)from;
        to[0] = read.x;
        to[1] = read.y;
        to[2] = read.z;
        to[3] = read.w;
    }

    DEVICE void start(int thread) {
        down = thread / SIDE;
        across = thread % SIDE;
#pragma unroll
        for (int i = 0; i < DOWN; i++) {
#pragma unroll
            for (int j = 0; j < ACROSS; j++) {
                sums[i][j] = 0;
            }
        }
    }

    DEVICE void add(const float (&a)[T::DEPTH][T::ROWS + T::PADDING],
                    const float (&b)[T::DEPTH][T::COLUMNS + T::PADDING]) {
#pragma unroll
        for (int d = 0; d < T::DEPTH; d++) {
            float left[DOWN], right[ACROSS];
#pragma unroll
            for (int i = 0; i < DOWN; i += 4) {
                four(&a[d][row(i)], &left[i]);
            }
#pragma unroll
            for (int j = 0; j < ACROSS; j += 4) {
                four(&b[d][column(j)], &right[j]);
            }
#pragma unroll
            for (int i = 0; i < DOWN; i++) {
#pragma unroll
                for (int j = 0; j < ACROSS; j++) {
                    sums[i][j] += left[i] * right[j];
                }
            }
        }
    }
};

#ifndef CUDA_EMULATION
// x with 10 bits of mantissa, ties away from zero.
DEVICE float roundToTf32(float x) {
    unsigned bits;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
    return __uint_as_float(bits);
}

// One warp: c (16, 8) += a (16, 8) b (8, 8). With group = lane / 4 and place = lane % 4, a lane holds
//   a: (group, place), (group + 8, place), (group, place + 4), (group + 8, place + 4)
//   b: (place, group), (place + 4, group)
//   c: (group, 2 place), (group, 2 place + 1), (group + 8, 2 place), (group + 8, 2 place + 1)
DEVICE void multiplyTf32(float (&c)[4], const float (&a)[4], const float (&b)[2]) {
    asm volatile(
        "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(__float_as_uint(a[0])), "r"(__float_as_uint(a[1])), "r"(__float_as_uint(a[2])),
          "r"(__float_as_uint(a[3])), "r"(__float_as_uint(b[0])), "r"(__float_as_uint(b[1])));
}
#endif

// TF32: operands rounded to 10 bits of mantissa, sums in single precision. The block's 8 warps stand 2 down and 4
// across; a warp's share is made of the 16 x 8 pieces that tensor cores multiply.
template <class T>
struct Tf32Sums {
    static constexpr int PIECES_DOWN = T::ROWS / (2 * 16), PIECES_ACROSS = T::COLUMNS / (4 * 8);
    static constexpr int DOWN = 2 * PIECES_DOWN, ACROSS = 2 * PIECES_ACROSS;
    float sums[PIECES_DOWN][PIECES_ACROSS][4];
    int firstRow, firstColumn;  // of the warp
    int group, place;           // of the lane

    DEVICE static float prepare(float x) { return roundToTf32(x); }
    DEVICE int row(int i) const { return firstRow + i / 2 * 16 + i % 2 * 8 + group; }
    DEVICE int column(int j) const { return firstColumn + j / 2 * 8 + 2 * place + j % 2; }
    DEVICE float get(int i, int j) const { return sums[i / 2][j / 2][i % 2 * 2 + j % 2]; }

    DEVICE void start(int thread) {
        int warp = thread / 32;
        firstRow = warp / 4 * (T::ROWS / 2);
        firstColumn = warp % 4 * (T::COLUMNS / 4);
        group = thread % 32 / 4;
        place = thread % 4;
#pragma unroll
        for (int i = 0; i < PIECES_DOWN; i++) {
#pragma unroll
            for (int j = 0; j < PIECES_ACROSS; j++) {
#pragma unroll
                for (int k = 0; k < 4; k++) {
                    sums[i][j][k] = 0;
                }
            }
        }
    }

    DEVICE void add(const float (&a)[T::DEPTH][T::ROWS + T::PADDING],
                    const float (&b)[T::DEPTH][T::COLUMNS + T::PADDING]) {
#pragma unroll
        for (int d = 0; d < T::DEPTH; d += 8) {
            float left[PIECES_DOWN][4], right[PIECES_ACROSS][2];
#pragma unroll
            for (int i = 0; i < PIECES_DOWN; i++) {
#pragma unroll
                for (int k = 0; k < 4; k++) {
                    left[i][k] = a[d + place + k / 2 * 4][firstRow + i * 16 + group + k % 2 * 8];
                }
            }
#pragma unroll
            for (int j = 0; j < PIECES_ACROSS; j++) {
#pragma unroll
                for (int k = 0; k < 2; k++) {
                    right[j][k] = b[d + place + k * 4][firstColumn + j * 8 + group];
                }
            }
#pragma unroll
            for (int i = 0; i < PIECES_DOWN; i++) {
#pragma unroll
                for (int j = 0; j < PIECES_ACROSS; j++) {
                    multiplyTf32(sums[i][j], left[i], right[j]);
                }
            }
        }
    }
};

// Large ones for products with at least a block of it for each multiprocessor, and small ones for the others.
typedef Tiles<128, 128, 8, 4, ExactSums> LargeTiles;
typedef Tiles<64, 64, 16, 4, ExactSums> SmallTiles;
typedef Tiles<128, 128, 16, 8, Tf32Sums> LargeTf32Tiles;
typedef Tiles<64, 64, 16, 8, Tf32Sums> SmallTf32Tiles;
