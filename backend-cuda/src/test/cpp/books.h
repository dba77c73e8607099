// What a process has asked of the emulated driver, counted. With TANDEM_EMULATED_BOOKS the counts lie in that file, so
// that a test can read them at any time: 64 bytes for each, its name padded with zeros to 56 and then the number.
#pragma once
#include <cstddef>

namespace emulation {
enum Count {
    ALLOCATIONS,
    FREES,
    PINNED_ALLOCATIONS,
    PINNED_FREES,
    STREAMS,
    LAUNCHES,
    LIBRARY_CALLS,
    FILLS,
    COPIES_TO_DEVICE,
    BYTES_TO_DEVICE,
    COPIES_TO_HOST,
    BYTES_TO_HOST,
    PEER_COPIES,
    STREAM_SYNCHRONIZATIONS,
    EVENT_SYNCHRONIZATIONS,
    EVENT_QUERIES,
    EVENT_RECORDS,
    EVENT_WAITS,
    COUNTS
};

// Adds to a count; for callers that hold the driver's lock.
__attribute__((visibility("default"))) void count(Count which, size_t number = 1);
}  // namespace emulation
