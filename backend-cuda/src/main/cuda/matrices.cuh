// Matrix products out (rows, columns) = op(a) op(b) + bias, followed by ReLU if form has RELU_LAST; op transposes its
// matrix or leaves it. out is in a's and b's format if form has IN_ELEMENTS, otherwise in single precision. bias (columns)
// may be null. A fully-connected layer is the product with b transposed. A batch is one product for each matrix that
// follows a, b and out. If a result is small and the depth long, the depth is cut into parts, whose results (parts, rows,
// columns) are in single precision and summed afterwards.
#pragma once
#include "tile_product.cuh"

// Launch: a block per tile. Along z there are the products of the batch, of each its parts of chunk depths.
#define PRODUCT(name, T, TRANSPOSE_A, TRANSPOSE_B)                                                                     \
    BOUNDED_KERNEL(name, T::BLOCKS)                                                                                    \
    (const Element* __restrict__ a, const Element* __restrict__ b, const float* __restrict__ bias,                     \
     void* __restrict__ out, int rows, int columns, int depth, int form, int fours, int parts, int chunk) {            \
        typedef MatrixOperand<T, T::ROWS, !TRANSPOSE_A> A;                                                             \
        typedef MatrixOperand<T, T::COLUMNS, TRANSPOSE_B> B;                                                           \
        __shared__ Shared<T, A, B> shared;                                                                             \
        long long product = blockIdx.z / parts;                                                                        \
        int begin = (blockIdx.z - (int)product * parts) * chunk;                                                       \
        A left = {a + product * rows * depth, rows, TRANSPOSE_A ? rows : depth, (fours & 1) != 0};                     \
        B right = {b + product * depth * columns, columns, TRANSPOSE_B ? depth : columns, (fours & 2) != 0};           \
        auto result = [=] {                                                                                            \
            long long first = (long long)late(blockIdx.z) * rows * columns;                                            \
            return FormedResult{out, first, bias, columns, form};                                                      \
        };                                                                                                             \
        tileProduct(shared, left, right, result, rows, columns, begin, min(begin + chunk, depth));                     \
    }

// n: not transposed, t: transposed.
#define PRODUCTS(size, T)                                                                                              \
    PRODUCT(gemm_nn_##size, T, false, false)                                                                           \
    PRODUCT(gemm_nt_##size, T, false, true)                                                                            \
    PRODUCT(gemm_tn_##size, T, true, false)                                                                            \
    PRODUCT(gemm_tt_##size, T, true, true)
