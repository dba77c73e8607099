// The kernels' own sources, compiled for the host. The build defines REGISTRATIONS as REGISTER(name) for each of them.
#include "registration.h"

#include "tandem.cu"
#include "tf32.cu"

namespace {
REGISTRATIONS
}  // namespace
