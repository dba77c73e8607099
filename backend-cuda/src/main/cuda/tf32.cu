// Matrix products and convolutions in TF32. This is a module of its own, as it needs compute capability 8.0. It is
// loaded only if TF32 is asked for.
#include "convolutions.cuh"
#include "matrices.cuh"

PRODUCTS(large_tf32, LargeTf32Tiles)
PRODUCTS(small_tf32, SmallTf32Tiles)
CONVOLUTIONS(large_tf32, LargeTf32Tiles)
CONVOLUTIONS(small_tf32, SmallTf32Tiles)
