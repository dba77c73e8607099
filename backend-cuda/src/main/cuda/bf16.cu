// Products of elements in bfloat16, and passes over them. This is a module of its own, as it needs compute capability 8.0.
// It is loaded only if bfloat16 is asked for. Its kernels are those of the same sources in single precision, with _bf16
// after their names.
#define ELEMENTS_IN_BF16
#include "common.cuh"

#include "conversions.cu"
#include "convolutions.cu"
#include "elementwise.cu"
#include "local.cu"
#include "matrices.cu"
#include "memory.cu"
#include "normalizations.cu"
#include "normalizations_across.cu"
#include "pooling.cu"
#include "reductions.cu"
#include "updates_narrow.cu"
