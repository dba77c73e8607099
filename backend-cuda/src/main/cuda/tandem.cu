// All kernels in single precision, as one module.
#include "elementwise.cu"
#include "memory.cu"
#include "normalization.cu"
#include "pooling.cu"
#include "products.cu"
#include "random.cu"
#include "softmax.cu"
#include "update.cu"
