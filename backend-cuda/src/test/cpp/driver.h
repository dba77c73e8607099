// What the emulated driver's functions share: contexts, memory, streams and events, all under one lock.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "books.h"
#include "settings.h"

// Found by the emulated libraries and, by its C name, by JCuda.
#define SHARED __attribute__((visibility("default")))
#define API extern "C" SHARED

namespace emulation {
typedef unsigned long long Address;

// The values of CUresult that are used here.
enum Status {
    SUCCESS = 0,
    INVALID_VALUE = 1,
    OUT_OF_MEMORY = 2,
    NOT_INITIALIZED = 3,
    NO_DEVICE = 100,
    INVALID_DEVICE = 101,
    INVALID_IMAGE = 200,
    INVALID_CONTEXT = 201,
    INVALID_PTX = 218,
    INVALID_HANDLE = 400,
    NOT_FOUND = 500,
    NOT_READY = 600,
    ILLEGAL_ADDRESS = 700,
    HOST_MEMORY_ALREADY_REGISTERED = 712,
    PEER_ACCESS_ALREADY_ENABLED = 704,
};

// A stream is lazy: its work runs only when something waits for it, so a missing wait makes a test fail. Other streams
// of a context than its first are sometimes lazy and sometimes run at once, so that a missing wait shows either way.
struct Stream {
    std::deque<std::function<void()>> work;
    bool isFirst = true;

    void drain();
};

// A point in a stream; what an event was recorded at.
struct Point {
    Stream* stream;
    bool reached = false;
    double milliseconds = 0;  // when it was reached

    // Runs the stream up to this point.
    void await();

    void reach();
};

struct Event {
    std::shared_ptr<Point> point;
    struct Context* context;
};

struct Context {
    int device;
    int retained = 0;
    // A failed kernel leaves the context unusable: every later call gives this.
    Status failed = SUCCESS;
    std::map<Stream*, std::unique_ptr<Stream>> streams;
    std::set<int> peers;
    // Live events, modules, pinned memory and handles of libraries.
    size_t handles = 0;

    void drain();
};

struct Allocation {
    size_t bytes;
    int device;
    char* mapping;  // a page that faults, the allocation's pages with the allocation at their end, a page that faults
    size_t mappingBytes;
};

extern SHARED std::recursive_mutex lock;
extern bool initialized;
extern SHARED Context* current();

// The live allocation that holds bytes bytes from address on, or null.
SHARED Allocation* find(Address address, size_t bytes);

// Puts work into a stream; it is not done if the context has failed by then.
SHARED Status submit(Context* context, Stream* handle, std::function<void()> work);

// Returns status, after setting the message for cuGetErrorString and the log.
SHARED Status fail(Status status, const std::string& words);
}  // namespace emulation

// Begins a function: takes the lock and requires a working context, called context from here on.
#define IN_CONTEXT                                                      \
    std::lock_guard<std::recursive_mutex> guard(emulation::lock);       \
    if (!emulation::initialized) return emulation::NOT_INITIALIZED;     \
    emulation::Context* context = emulation::current();                 \
    if (!context) return emulation::INVALID_CONTEXT;                    \
    if (context->failed) return context->failed
