// Matrix products in single precision.
#include "matrices.cuh"

PRODUCTS(large, LargeTiles)
PRODUCTS(small, SmallTiles)
