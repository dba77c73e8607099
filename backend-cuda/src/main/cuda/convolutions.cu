// Convolutions in single precision.
#include "convolutions.cuh"

CONVOLUTIONS(large, LargeTiles)
CONVOLUTIONS(small, SmallTiles)
