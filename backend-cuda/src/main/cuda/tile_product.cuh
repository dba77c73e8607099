// The product of two matrices by tiles, C (rows, columns) = A (rows, depth) B (depth, columns), whatever A and B are read
// from and C is written to: matrix products and all three convolutions are this loop with other operands.
//
// A block of 16 x 16 threads computes one ROWS x COLUMNS tile of C, each thread ROWS/16 x COLUMNS/16 elements of it in
// registers. The tiles of A and B that a step of DEPTH needs stand in shared memory; there are two of each, and while one
// is multiplied every thread has its elements of the next one on the way, so one barrier a step is enough.
//
// An operand is a type with
//   DEPTH_FIRST    whether neighbours in memory are neighbours in depth (else in rows or columns): so threads are dealt out
//   Cursor         what is known about one row of A, or column of B
//   Cursor at(int) the cursor of a row or column, which may lie outside
//   float get(const Cursor&, int depth)   one element, 0 outside
#pragma once
#include "common.cuh"

#define SIDE 16
#define THREADS (SIDE * SIDE)

// The tiles in shared memory. Four columns more than needed keep rows 16-byte aligned and apart in the banks.
template <int ROWS_, int COLUMNS_, int DEPTH_>
struct Tiles {
    static constexpr int ROWS = ROWS_, COLUMNS = COLUMNS_, DEPTH = DEPTH_;
    float a[2][DEPTH][ROWS + 4];
    float b[2][DEPTH][COLUMNS + 4];
};

// For products with at least a block of it for each multiprocessor, and for smaller ones.
typedef Tiles<128, 128, 8> LargeTiles;
typedef Tiles<64, 64, 16> SmallTiles;

// One thread's share of loading the tiles of an operand.
template <int EXTENT, int DEPTH, class Operand>
struct Share {
    static constexpr int COUNT = EXTENT * DEPTH / THREADS;
    static constexpr int CURSORS = Operand::DEPTH_FIRST ? COUNT : 1;
    typename Operand::Cursor cursors[CURSORS];
    float values[COUNT];

    // The row or column, and the depth, of the thread's element i within the tile.
    DEVICE static int outer(int thread, int i) {
        return Operand::DEPTH_FIRST ? thread / DEPTH + i * (THREADS / DEPTH) : thread % EXTENT;
    }
    DEVICE static int depth(int thread, int i) {
        return Operand::DEPTH_FIRST ? thread % DEPTH : thread / EXTENT + i * (THREADS / EXTENT);
    }

    DEVICE void start(const Operand& operand, int thread, int first) {
#pragma unroll
        for (int i = 0; i < CURSORS; i++) {
            cursors[i] = operand.at(first + outer(thread, i));
        }
    }

    DEVICE void load(const Operand& operand, int thread, int from, int end) {
#pragma unroll
        for (int i = 0; i < COUNT; i++) {
            int d = from + depth(thread, i);
            values[i] = d < end ? operand.get(cursors[Operand::DEPTH_FIRST ? i : 0], d) : 0;
        }
    }

    DEVICE void store(float (&tile)[DEPTH][EXTENT + 4], int thread) const {
#pragma unroll
        for (int i = 0; i < COUNT; i++) {
            tile[depth(thread, i)][outer(thread, i)] = values[i];
        }
    }
};

// A thread's rows (or columns) lie in quads, 64 apart, so that a warp reads shared memory without bank conflicts.
DEVICE int spread(int side, int i) { return (i / 4) * 64 + side * 4 + i % 4; }

// Computes the block's tile of A B over depths begin to end - 1. Of the elements inside rows x columns,
// result.put(row, result.at(column), value) takes each.
template <class T, class A, class B, class Result>
DEVICE void tileProduct(T& tiles, const A& a, const B& b, const Result& result, int rows, int columns, int begin,
                        int end) {
    constexpr int MINE = T::ROWS / SIDE, MINE_ACROSS = T::COLUMNS / SIDE;
    const int thread = threadIdx.x, down = thread / SIDE, across = thread % SIDE;
    const int firstRow = blockIdx.y * T::ROWS, firstColumn = blockIdx.x * T::COLUMNS;
    Share<T::ROWS, T::DEPTH, A> shareA;
    Share<T::COLUMNS, T::DEPTH, B> shareB;
    shareA.start(a, thread, firstRow);
    shareB.start(b, thread, firstColumn);
    float sums[MINE][MINE_ACROSS];
#pragma unroll
    for (int i = 0; i < MINE; i++) {
#pragma unroll
        for (int j = 0; j < MINE_ACROSS; j++) {
            sums[i][j] = 0;
        }
    }
    shareA.load(a, thread, begin, end);
    shareB.load(b, thread, begin, end);
    int now = 0;
    for (int step = begin; step < end; step += T::DEPTH) {
        shareA.store(tiles.a[now], thread);
        shareB.store(tiles.b[now], thread);
        __syncthreads();
        if (step + T::DEPTH < end) {
            shareA.load(a, thread, step + T::DEPTH, end);
            shareB.load(b, thread, step + T::DEPTH, end);
        }
#pragma unroll
        for (int d = 0; d < T::DEPTH; d++) {
            float left[MINE], right[MINE_ACROSS];
#pragma unroll
            for (int i = 0; i < MINE; i += 4) {
                *(float4*)&left[i] = *(const float4*)&tiles.a[now][d][spread(down, i)];
            }
#pragma unroll
            for (int j = 0; j < MINE_ACROSS; j += 4) {
                *(float4*)&right[j] = *(const float4*)&tiles.b[now][d][spread(across, j)];
            }
#pragma unroll
            for (int i = 0; i < MINE; i++) {
#pragma unroll
                for (int j = 0; j < MINE_ACROSS; j++) {
                    sums[i][j] += left[i] * right[j];
                }
            }
        }
        now ^= 1;
    }
#pragma unroll
    for (int j = 0; j < MINE_ACROSS; j++) {
        int column = firstColumn + spread(across, j);
        if (column < columns) {
            long long place = result.at(column);
#pragma unroll
            for (int i = 0; i < MINE; i++) {
                int row = firstRow + spread(down, i);
                if (row < rows) {
                    result.put(row, place, sums[i][j]);
                }
            }
        }
    }
}

// A dense matrix seen as an operand: outer is its row index as A, its column index as B. One of the two steps is 1.
template <bool DEPTH_FIRST_>
struct MatrixOperand {
    static constexpr bool DEPTH_FIRST = DEPTH_FIRST_;
    typedef const float* Cursor;  // null outside
    const float* elements;
    int outers;
    int step;  // between rows of the matrix in memory

    DEVICE Cursor at(int outer) const {
        return outer < outers ? elements + (DEPTH_FIRST ? (long long)outer * step : outer) : nullptr;
    }
    DEVICE float get(const Cursor& c, int depth) const {
        return c ? c[DEPTH_FIRST ? (long long)depth : (long long)depth * step] : 0;
    }
};

// Bias and ReLU on the way out. The other functions are long, and a product would hold 64 copies of each: they are
// passes of their own.
DEVICE float finish(float sum, const float* bias, int of, int relu) {
    float value = bias ? sum + bias[of] : sum;
    return relu ? applyUnary(RELU, value) : value;
}

// Writes a dense matrix out (rows, columns), bias (columns) being null for none.
struct MatrixResult {
    float* out;
    const float* bias;
    int columns;
    int relu;

    DEVICE long long at(int column) const { return column; }
    DEVICE void put(int row, long long column, float sum) const {
        out[(long long)row * columns + column] = finish(sum, bias, (int)column, relu);
    }
};
