// The same products in TF32, which needs compute capability 8.0: a module of its own, loaded where it is asked for.
#include "convolution.cuh"
#include "gemm.cuh"

PRODUCTS(large_tf32, LargeTf32Tiles)
PRODUCTS(small_tf32, SmallTf32Tiles)
CONVOLUTIONS(large_tf32, LargeTf32Tiles)
CONVOLUTIONS(small_tf32, SmallTf32Tiles)
