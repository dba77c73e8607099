// The product of two matrices by tiles, C (rows, columns) = A (rows, depth) B (depth, columns). The operands decide
// what A and B are read from and C is written to: matrix products and all three convolutions are this loop.
//
// A block of 256 threads computes one ROWS x COLUMNS tile of C, each thread its share of the elements in registers (see
// tile_sums.cuh). The tiles of A and B that a step of DEPTH needs stand in shared memory; there are two of each, and
// while one is multiplied every thread has its elements of the next one on the way, so one barrier a step is enough.
//
// An operand is a type with
//   DEPTH_FIRST    true if neighbours in memory are neighbours in depth, false if they are neighbours in rows or
//                  columns: neighbouring threads load neighbouring elements
//   Cursor         the address of one row of A, or column of B, and what else get() needs of it
//   Cursor at(int) the cursor of a row or column, which may lie outside
//   float get(const Cursor&, int depth)   one element, 0 outside
#pragma once
#include "tile_sums.cuh"

// One thread's share of loading the tiles of an operand.
template <class T, int EXTENT, class Operand>
struct Share {
    static constexpr int DEPTH = T::DEPTH;
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

    DEVICE void store(float (&tile)[DEPTH][EXTENT + T::PADDING], int thread) const {
#pragma unroll
        for (int i = 0; i < COUNT; i++) {
            tile[depth(thread, i)][outer(thread, i)] = T::Sums::prepare(values[i]);
        }
    }
};

// Computes the block's tile of A B over depths begin to end - 1. Of the elements inside rows x columns,
// result.put(row, result.at(column), value) takes each.
template <class T, class A, class B, class Result>
DEVICE void tileProduct(T& tiles, const A& a, const B& b, const Result& result, int rows, int columns, int begin,
                        int end) {
    const int thread = threadIdx.x;
    const int firstRow = blockIdx.y * T::ROWS, firstColumn = blockIdx.x * T::COLUMNS;
    Share<T, T::ROWS, A> shareA;
    Share<T, T::COLUMNS, B> shareB;
    shareA.start(a, thread, firstRow);
    shareB.start(b, thread, firstColumn);
    typename T::Sums sums;
    sums.start(thread);
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
        sums.add(tiles.a[now], tiles.b[now]);
        now ^= 1;
    }
#pragma unroll
    for (int j = 0; j < T::Sums::ACROSS; j++) {
        int column = firstColumn + sums.column(j);
        if (column < columns) {
            long long place = result.at(column);
#pragma unroll
            for (int i = 0; i < T::Sums::DOWN; i++) {
                int row = firstRow + sums.row(i);
                if (row < rows) {
                    result.put(row, place, sums.get(i, j));
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
