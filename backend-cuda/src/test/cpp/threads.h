// Runs the blocks of a kernel. The threads of a block are fibers: each runs until it waits at a barrier or ends,
// then the next one. The order in which they go on turns round from barrier to barrier, so that a missing barrier
// shows whichever thread depends on which.
#pragma once
#include <cstddef>
#include <string>

#include "cuda_emulation.h"

namespace emulation {
// A kernel as the host's compiler knows it.
struct Kernel {
    const char* name;
    void (*call)(void** arguments);
    const unsigned char* sizes;       // of the parameters
    const unsigned char* alignments;  // likewise
    const bool* pointers;             // which of them are addresses
    int parameters;
};

// Makes a kernel known under its name.
void registerKernel(const Kernel* kernel);

// Runs all blocks. Gives an empty string, or what went wrong: which address was out of bounds, or that a barrier was
// not reached by all, with kernel, block and thread.
std::string run(const Kernel& kernel, Index grid, Index block, void** arguments);
}  // namespace emulation
