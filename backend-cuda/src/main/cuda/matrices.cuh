// Matrix products out (rows, columns) = op(a) op(b) + bias, followed by ReLU if relu is 1; op transposes its matrix or
// leaves it. bias (columns) may be null. A fully-connected layer is the product with b transposed. A batch is one product
// for each block along z, of the matrices that follow a, b and out.
#pragma once
#include "tile_product.cuh"

// a (rows, depth), transposed (depth, rows); b (depth, columns), transposed (columns, depth).
template <class T, bool TRANSPOSE_A, bool TRANSPOSE_B>
DEVICE void product(T& tiles, const float* a, const float* b, const float* bias, float* out, int rows, int columns,
                    int depth, int relu) {
    MatrixOperand<!TRANSPOSE_A> left = {a, rows, TRANSPOSE_A ? rows : depth};
    MatrixOperand<TRANSPOSE_B> right = {b, columns, TRANSPOSE_B ? depth : columns};
    tileProduct(tiles, left, right, MatrixResult{out, bias, columns, relu}, rows, columns, 0, depth);
}

// Launch: a block per tile.
#define PRODUCT(name, T, TRANSPOSE_A, TRANSPOSE_B)                                                                     \
    KERNEL(name)(const float* __restrict__ a, const float* __restrict__ b, const float* __restrict__ bias,             \
                 float* __restrict__ out, int rows, int columns, int depth, int relu) {                                \
        __shared__ T tiles;                                                                                            \
        long long batch = blockIdx.z;                                                                                  \
        product<T, TRANSPOSE_A, TRANSPOSE_B>(tiles, a + batch * rows * depth, b + batch * depth * columns, bias,       \
                                             out + batch * rows * columns, rows, columns, depth, relu);                \
    }

// n: not transposed, t: transposed.
#define PRODUCTS(size, T)                                                                                              \
    PRODUCT(gemm_nn_##size, T, false, false)                                                                           \
    PRODUCT(gemm_nt_##size, T, false, true)                                                                            \
    PRODUCT(gemm_tn_##size, T, true, false)                                                                            \
    PRODUCT(gemm_tt_##size, T, true, true)
