// The product of two matrices by tiles, C (rows, columns) = A (rows, depth) B (depth, columns). The operands decide
// what A and B are read from and C is written to: matrix products and all three convolutions are this loop.
//
// A block of 256 threads computes one ROWS x COLUMNS tile of C, each thread its share of the elements in registers (see
// tile_sums.cuh). The tiles of A and B that a step of DEPTH needs stand in shared memory. While one is multiplied the
// next ones are on the way, STAGES - 1 of them, so one barrier a step is enough.
#pragma once
#include "tensor_sums.cuh"
#include "tile_copies.cuh"
#include "tile_sums.cuh"

// A block's shared memory.
template <class T, class A, class B>
struct __align__(16) Shared {
    struct Tiles {
        typename T::template Tile<T::ROWS, typename A::Pieces> a[T::STAGES];
        typename T::template Tile<T::COLUMNS, typename B::Pieces> b[T::STAGES];
    };
    // Results pass through the tiles' memory, those of so many rows of each thread at a time as fit.
    static constexpr int RESULT_ROW = T::COLUMNS + 4;
    static constexpr int ROWS_EACH = sizeof(Tiles) / sizeof(float) / RESULT_ROW / SIDE >= 4 ? 4 : 2;
    union {
        Tiles tiles;
        float results[SIDE * ROWS_EACH][RESULT_ROW];
    };
    typename A::Table tableA;
    typename B::Table tableB;
};

// Adds up the block's tile over depths begin to end - 1.
template <class T, class A, class B, class Sums>
DEVICE void addTiles(Shared<T, A, B>& shared, A& a, B& b, Sums& sums, int begin, int end) {
    if constexpr (T::ASYNCHRONOUS) {
        Copies<A> copiesA;
        Copies<B> copiesB;
        // A loop, as the copies' code is long.
#pragma unroll 1
        for (int ahead = 0; ahead < T::STAGES - 1; ahead++) {
            if (begin + ahead * T::DEPTH < end) {
                a.step(shared.tableA, begin + ahead * T::DEPTH);
                b.step(shared.tableB, begin + ahead * T::DEPTH);
                copiesA.begin(a, shared.tableA, shared.tiles.a[ahead]);
                copiesB.begin(b, shared.tableB, shared.tiles.b[ahead]);
                copiesA.end(shared.tiles.a[ahead]);
                copiesB.end(shared.tiles.b[ahead]);
            }
            endCopies();
        }
        int now = 0;
        for (int step = begin; step < end; step += T::DEPTH) {
            waitForCopies<T::STAGES - 2>();
            __syncthreads();
            int next = step + (T::STAGES - 1) * T::DEPTH;
            int free = (now + T::STAGES - 1) & (T::STAGES - 1);
            if (next < end) {
                a.step(shared.tableA, next);
                b.step(shared.tableB, next);
                copiesA.begin(a, shared.tableA, shared.tiles.a[free]);
                copiesB.begin(b, shared.tableB, shared.tiles.b[free]);
            }
            endCopies();
            sums.add(shared.tiles.a[now], shared.tiles.b[now]);
            if (next < end) {
                copiesA.end(shared.tiles.a[free]);
                copiesB.end(shared.tiles.b[free]);
            }
            now = (now + 1) & (T::STAGES - 1);
        }
    } else {
        StagedCopies<A> copiesA;
        StagedCopies<B> copiesB;
        a.step(shared.tableA, begin);
        b.step(shared.tableB, begin);
        copiesA.begin(a, shared.tableA);
        copiesB.begin(b, shared.tableB);
        int now = 0;
        for (int step = begin; step < end; step += T::DEPTH) {
            copiesA.end(shared.tiles.a[now]);
            copiesB.end(shared.tiles.b[now]);
            __syncthreads();
            int next = step + T::DEPTH;
            if (next < end) {
                a.step(shared.tableA, next);
                b.step(shared.tableB, next);
                copiesA.begin(a, shared.tableA);
                copiesB.begin(b, shared.tableB);
            }
            sums.add(shared.tiles.a[now], shared.tiles.b[now]);
            now ^= 1;
        }
    }
}

// Writes the sums. If four neighbouring columns are neighbours in memory, each thread writes its own quads. Otherwise
// they pass through shared memory, so that neighbouring threads write neighbouring columns.
template <class T, class S, class Sums, class Result>
DEVICE void write(S& shared, const Sums& sums, const Result& result, int rows, int columns) {
    int firstRow = late(blockIdx.y) * T::ROWS, firstColumn = late(blockIdx.x) * T::COLUMNS;
    if (result.inQuads()) {
#pragma unroll
        for (int j = 0; j < Sums::ACROSS; j += 4) {
            int column = firstColumn + Sums::column(Sums::across(), j);
            if (column < columns) {
                auto* to = result.at(column);
#pragma unroll
                for (int i = 0; i < Sums::DOWN; i++) {
                    int row = firstRow + Sums::row(Sums::down(), i);
                    if (row < rows) {
                        float quad[4];
#pragma unroll
                        for (int n = 0; n < 4; n++) {
                            quad[n] = result.finish(sums.get(i, j + n), row, column + n);
                        }
                        store(to + row * result.stride(), quad);
                    }
                }
            }
        }
        return;
    }
    int ownColumn = threadIdx.x % T::COLUMNS;
    int column = firstColumn + ownColumn;
    auto* to = result.at(min(column, columns - 1));
#pragma unroll
    for (int first = 0; first < Sums::DOWN; first += S::ROWS_EACH) {
        __syncthreads();
#pragma unroll
        for (int i = 0; i < S::ROWS_EACH; i++) {
#pragma unroll
            for (int j = 0; j < Sums::ACROSS; j += 4) {
                float quad[4];
#pragma unroll
                for (int n = 0; n < 4; n++) {
                    quad[n] = sums.get(first + i, j + n);
                }
                store(&shared.results[Sums::down() * S::ROWS_EACH + i][Sums::column(Sums::across(), j)], quad);
            }
        }
        __syncthreads();
        for (int slot = threadIdx.x / T::COLUMNS; slot < SIDE * S::ROWS_EACH; slot += THREADS / T::COLUMNS) {
            int row = firstRow + Sums::row(slot / S::ROWS_EACH, first + slot % S::ROWS_EACH);
            if (row < rows && column < columns) {
                put(to + row * result.stride(), result.finish(shared.results[slot][ownColumn], row, column));
            }
        }
    }
}

// Bias and ReLU on the way out. The other functions are long, and a product would hold 64 copies of each: they are
// passes of their own.
DEVICE float withBias(float sum, const float* bias, int of, int relu) {
    float value = bias ? sum + bias[of] : sum;
    return relu ? applyUnary(RELU, value) : value;
}

// A result is a type with
//   at(column), stride()   where a column begins, and how far its rows are apart
//   inQuads()              whether columns 4 n to 4 n + 3 are neighbours, at addresses that take four elements at once
//   finish(sum, row, column)   the element for a sum
//
// A dense matrix out (rows, columns), bias (columns) being null for none.
template <class E>
struct MatrixResult {
    E* out;
    const float* bias;
    int columns;
    int relu;

    DEVICE E* at(int column) const { return out + column; }
    DEVICE long long stride() const { return columns; }
    DEVICE bool inQuads() const { return areAligned(out, columns); }
    DEVICE float finish(float sum, int, int column) const { return withBias(sum, bias, column, relu); }
};

// The bits of a matrix's form: ReLU follows; its elements are Element, otherwise in single precision.
enum Form { RELU_LAST = 1, IN_ELEMENTS = 2 };

// A matrix of either format that begins at element first.
struct FormedResult {
    void* out;
    long long first;
    const float* bias;
    int columns;
    int form;
};

template <class T, class S, class Sums>
DEVICE void write(S& shared, const Sums& sums, const FormedResult& r, int rows, int columns) {
    int relu = r.form & RELU_LAST;
    if (sizeof(Element) < sizeof(float) && r.form & IN_ELEMENTS) {
        write<T>(shared, sums, MatrixResult<Element>{(Element*)r.out + r.first, r.bias, r.columns, relu}, rows, columns);
    } else {
        write<T>(shared, sums, MatrixResult<float>{(float*)r.out + r.first, r.bias, r.columns, relu}, rows, columns);
    }
}

// Computes the block's tile of A B over depths begin to end - 1, and writes what is inside rows x columns to the result
// that resultOf() makes.
template <class T, class A, class B, class Result>
DEVICE void tileProduct(Shared<T, A, B>& shared, A a, B b, const Result& resultOf, int rows, int columns, int begin,
                        int end) {
    a.start(shared.tableA, blockIdx.y * T::ROWS, begin, end);
    b.start(shared.tableB, blockIdx.x * T::COLUMNS, begin, end);
    __syncthreads();
    typename T::template Sums<typename A::Pieces, typename B::Pieces> sums;
    sums.start();
    addTiles(shared, a, b, sums, begin, end);
    write<T>(shared, sums, resultOf(), rows, columns);
}
