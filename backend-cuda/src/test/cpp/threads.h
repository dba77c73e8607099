// Runs the blocks of a kernel, in an order of chance. The threads of a block are fibers: each runs until it waits at a barrier or ends, then
// the next one runs. Their order is reversed at each barrier, so that a missing barrier makes a test fail whichever
// thread depends on which.
#pragma once
#include <cstddef>
#include <string>

#include "cuda_emulation.h"

namespace emulation {
// A kernel as the host's compiler made it.
struct Kernel {
    const char* name;
    void (*call)(void** arguments);
    const unsigned char* sizes;       // of the parameters
    const unsigned char* alignments;  // likewise
    const bool* pointers;             // which of them are addresses
    int parameters;
};

// Registers a kernel under its name.
void registerKernel(const Kernel* kernel);

// Ends the block's asynchronous copies. Returns whether a thread has not waited for one of its copies.
bool forgetCopies();

// Runs all blocks. Returns an empty string or the failure with kernel, block and thread: an address out of bounds, or a
// barrier that not all threads reached.
std::string run(const Kernel& kernel, Index grid, Index block, void** arguments);
}  // namespace emulation
