// How the emulated driver behaves in this process, by environment variables that are read once.
#pragma once
#include <cstddef>

namespace emulation {
struct Settings {
    // TANDEM_EMULATED_NULL=1: a driver that keeps its books and does nothing. Real shapes run, as memory is address
    // space alone; what is copied to the host is zeros.
    bool null;
    // TANDEM_EMULATED_DEVICES, 2 otherwise.
    int devices;
    // TANDEM_EMULATED_MULTIPROCESSORS of each device; otherwise 4, and an H100's 132 of the null driver.
    int multiprocessors;
    // TANDEM_EMULATED_SEED of the order in which a kernel's blocks run; otherwise another one each time.
    unsigned seed;
    // Of each device's memory.
    size_t deviceBytes;
};

constexpr int MOST_DEVICES = 8;

const Settings& settings();
}  // namespace emulation
