// The kernels in bfloat16. They are made of sources that kernels.cpp has, too, so all their names are in a namespace.
#include "registration.h"

namespace bf16 {
#include "bf16.cu"

namespace {
BF16_REGISTRATIONS
}  // namespace
}  // namespace bf16
