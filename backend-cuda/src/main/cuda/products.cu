// Matrix products and convolutions in single precision.
#include "convolution.cuh"
#include "gemm.cuh"

PRODUCTS(large, LargeTiles)
PRODUCTS(small, SmallTiles)
CONVOLUTIONS(large, LargeTiles)
CONVOLUTIONS(small, SmallTiles)
