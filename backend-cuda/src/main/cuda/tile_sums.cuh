// The arithmetic of tiled products: a thread's DOWN x ACROSS elements of the result, and what a step adds to them. The
// 256 threads stand in 16 x 16 places of the result, each with neighbouring elements in quads. There are two kinds,
// exact single precision and those on tensor cores (tensor_sums.cuh), with the same members:
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
