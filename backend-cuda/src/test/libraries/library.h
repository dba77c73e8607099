// Shared by the stand-ins for NVIDIA's libraries. They compute in plain loops in the emulated driver's streams, and
// refuse calls that the real libraries refuse or compute wrong.
#pragma once
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string>

#include "driver.h"

namespace library {
// A handle of the context that was current when it was made; it works in one stream.
struct Handle {
    emulation::Context* context = emulation::current();
    emulation::Stream* stream = nullptr;

    Handle() { context->handles++; }
    ~Handle() { context->handles--; }

    // Why this handle cannot work; empty if it can.
    std::string obstacle() const {
        if (!context || context != emulation::current()) {
            return "the handle is of another context than the current one";
        }
        return context->streams.count(stream) ? "" : "no stream of this context was set";
    }

    // Whether this memory belongs to the device, to one allocation, and is aligned for the libraries' kernels.
    bool owns(const void* address, size_t bytes, size_t alignment = sizeof(float)) const {
        emulation::Allocation* allocation = emulation::find((emulation::Address)address, bytes);
        return allocation && allocation->device == context->device && (size_t)address % alignment == 0;
    }

    void submit(std::function<void()> work) const {
        emulation::count(emulation::LIBRARY_CALLS);
        emulation::submit(context, stream, work);
    }
};

inline int refuse(int status, const char* name, const std::string& words) {
    fprintf(stderr, "emulated %s: %s\n", name, words.c_str());
    return status;
}

// A library may write anything to its workspace.
inline void spoil(void* workspace, size_t bytes) { memset(workspace, 0xff, bytes); }

// An element: in single precision, or in bfloat16 if narrow.
inline size_t bytesOf(bool narrow) { return narrow ? 2 : 4; }
inline float load(const void* from, size_t i, bool narrow) {
    if (!narrow) {
        return ((const float*)from)[i];
    }
    unsigned bits = (unsigned)((const unsigned short*)from)[i] << 16;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}
// Rounds to the nearest, ties to even; all that is not a number becomes the same.
inline void store(void* to, size_t i, float x, bool narrow) {
    unsigned bits;
    memcpy(&bits, &x, sizeof bits);
    if (narrow) {
        ((unsigned short*)to)[i] = x != x ? 0x7fff : (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    } else {
        ((float*)to)[i] = x;
    }
}

// Rounds as tensor cores do if TF32 is allowed.
inline float operand(float x, bool tf32) {
    unsigned bits;
    memcpy(&bits, &x, sizeof bits);
    if (tf32 && (bits & 0x7f800000u) != 0x7f800000u) {
        bits = (bits + 0x1000u) & ~0x1fffu;
    }
    memcpy(&x, &bits, sizeof bits);
    return x;
}
}  // namespace library
