// A stand-in for libcuda.so.1, for tests: devices, contexts, memory, streams and events. Kernels are in modules.cpp.
#include "driver.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <sys/mman.h>

using namespace emulation;

namespace emulation {
std::recursive_mutex lock;
bool initialized;

namespace {
constexpr size_t PAGE = 4096;
// Of allocations, so that four numbers can be read at once; the true driver's is 256.
constexpr size_t ALIGNMENT = 16;

Context* primary[MOST_DEVICES];
thread_local Context* currentContext;
std::map<Address, Allocation> allocations;
std::map<char*, size_t> pinned;
std::map<char*, Context*> registered;  // of what is pinned, the memory that the host had before
std::set<Event*> events;
size_t usedBytes[MOST_DEVICES];
std::string lastWords;
Status lastStatus = SUCCESS;

// Whether an asynchronous copy may use this host memory. The driver may read other memory at once or later.
bool isPinned(const void* address, size_t bytes) {
    auto next = pinned.upper_bound((char*)address);
    if (next == pinned.begin()) {
        return false;
    }
    auto holder = std::prev(next);
    return (char*)address + bytes <= holder->first + holder->second;
}

// Whether work of another stream than the first is done at once: at random, as a device may do it early or late.
bool isEager() {
    static std::minstd_rand random(settings().seed);
    return random() / 4 % 3 == 0;
}

// The stream that a handle stands for.
Stream* streamOf(Context* context, Stream* handle) { return context->streams.count(handle) ? handle : nullptr; }
}  // namespace

Context* current() { return currentContext; }

void Stream::drain() {
    while (!work.empty()) {
        auto first = std::move(work.front());
        work.pop_front();
        first();
    }
}

void Point::await() {
    while (!reached && !stream->work.empty()) {
        auto first = std::move(stream->work.front());
        stream->work.pop_front();
        first();
    }
}

void Point::reach() {
    reached = true;
    auto now = std::chrono::steady_clock::now().time_since_epoch();
    milliseconds = std::chrono::duration<double, std::milli>(now).count();
}

void Context::drain() {
    for (auto& entry : streams) {
        entry.second->drain();
    }
}

Allocation* find(Address address, size_t bytes) {
    auto next = allocations.upper_bound(address);
    if (next == allocations.begin()) {
        return nullptr;
    }
    auto holder = std::prev(next);
    return address + bytes <= holder->first + holder->second.bytes ? &holder->second : nullptr;
}

Status submit(Context* context, Stream* handle, std::function<void()> work) {
    Stream* stream = streamOf(context, handle);
    if (!stream) {
        return fail(INVALID_HANDLE, "no stream of this context");
    }
    if (settings().null) {
        return SUCCESS;
    }
    stream->work.push_back([context, work = std::move(work)] {
        if (!context->failed) {
            work();
        }
    });
    if (!stream->isFirst && isEager()) {
        stream->drain();
    }
    return SUCCESS;
}

Status fail(Status status, const std::string& words) {
    lastStatus = status;
    lastWords = words;
    fprintf(stderr, "emulated CUDA driver: %s\n", words.c_str());
    return status;
}
}  // namespace emulation

// ---- devices and contexts

API Status cuInit(unsigned) {
    settings();
    initialized = true;
    return SUCCESS;
}

API Status cuDriverGetVersion(int* version) {
    *version = 12060;
    return SUCCESS;
}

API Status cuDeviceGetCount(int* count) {
    *count = settings().devices;
    return *count ? SUCCESS : NO_DEVICE;
}

API Status cuDeviceGet(int* device, int ordinal) {
    *device = ordinal;
    return ordinal >= 0 && ordinal < settings().devices ? SUCCESS : INVALID_DEVICE;
}

API Status cuDeviceGetName(char* name, int length, int device) {
    snprintf(name, length, "emulated GPU %d", device);
    return SUCCESS;
}

API Status cuDeviceTotalMem_v2(size_t* bytes, int) {
    *bytes = settings().deviceBytes;
    return SUCCESS;
}

// As of an H100, except the multiprocessors.
API Status cuDeviceGetAttribute(int* value, int attribute, int) {
    static const std::map<int, int> values = {
        {1, 1024},     // threads in a block
        {8, 49152},    // bytes of shared memory in a block
        {10, 32},      // threads in a warp
        {12, 65536},   // registers in a block
        {39, 2048},    // threads on a multiprocessor
        {75, 9},       // compute capability, major and minor
        {76, 0},
        {81, 233472},  // bytes of shared memory on a multiprocessor
        {82, 65536},   // registers on a multiprocessor
        {97, 232448},  // bytes of shared memory in a block that asks for more
        {106, 32},     // blocks on a multiprocessor
    };
    auto found = values.find(attribute);
    if (attribute != 16 && found == values.end()) {
        return INVALID_VALUE;
    }
    *value = attribute == 16 ? settings().multiprocessors : found->second;
    return SUCCESS;
}

API Status cuDevicePrimaryCtxRetain(Context** context, int device) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    if (!primary[device]) {
        primary[device] = new Context{device};
    }
    primary[device]->retained++;
    *context = primary[device];
    return SUCCESS;
}

// The last release destroys the context with all its memory, and clears its failure.
API Status cuDevicePrimaryCtxRelease_v2(int device) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    if (!primary[device]) {
        return INVALID_CONTEXT;
    }
    if (--primary[device]->retained == 0) {
        primary[device] = nullptr;
        for (auto it = allocations.begin(); it != allocations.end();) {
            if (it->second.device == device) {
                munmap(it->second.mapping, it->second.mappingBytes);
                it = allocations.erase(it);
            } else {
                ++it;
            }
        }
        usedBytes[device] = 0;
        for (auto it = registered.begin(); it != registered.end();) {
            if (it->second->device == device) {
                pinned.erase(it->first);
                it = registered.erase(it);
            } else {
                ++it;
            }
        }
    }
    return SUCCESS;
}

API Status cuCtxSetCurrent(Context* context) {
    currentContext = context;
    return SUCCESS;
}

API Status cuDeviceCanAccessPeer(int* can, int device, int other) {
    *can = device != other;
    return SUCCESS;
}

API Status cuCtxEnablePeerAccess(Context* other, unsigned) {
    IN_CONTEXT;
    if (other->device == context->device) {
        return INVALID_DEVICE;
    }
    return context->peers.insert(other->device).second ? SUCCESS : PEER_ACCESS_ALREADY_ENABLED;
}

// ---- memory

// Whatever is made in a context takes memory, so that a handle that leaks shows.
API Status cuMemGetInfo_v2(size_t* free, size_t* total) {
    IN_CONTEXT;
    *total = settings().deviceBytes;
    size_t handles = context->streams.size() + context->handles;
    *free = settings().deviceBytes - usedBytes[context->device] - PAGE * handles;
    return SUCCESS;
}

// Fresh memory is full of NaN. A page that faults follows the allocation, or what its alignment leaves: 12 bytes at most.
// cuMemFree checks that nothing was written there, and between the beginning of its first page and the allocation.
API Status cuMemAlloc_v2(Address* address, size_t bytes) {
    IN_CONTEXT;
    if (bytes == 0 || bytes % 4 != 0) {
        return fail(INVALID_VALUE, "an allocation of " + std::to_string(bytes) + " bytes");
    }
    if (usedBytes[context->device] + bytes > settings().deviceBytes) {
        return OUT_OF_MEMORY;
    }
    count(ALLOCATIONS);
    size_t inner = (bytes + PAGE - 1) / PAGE * PAGE;
    size_t whole = inner + 2 * PAGE;
    char* mapping = (char*)mmap(nullptr, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) {
        return OUT_OF_MEMORY;
    }
    if (!settings().null) {
        mprotect(mapping + PAGE, inner, PROT_READ | PROT_WRITE);
        memset(mapping + PAGE, 0xff, inner);
    }
    *address = (Address)(mapping + PAGE + inner - (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    allocations[*address] = {bytes, context->device, mapping, whole};
    usedBytes[context->device] += bytes;
    return SUCCESS;
}

API Status cuMemFree_v2(Address address) {
    IN_CONTEXT;
    auto it = allocations.find(address);
    if (it == allocations.end() || it->second.device != context->device) {
        return fail(INVALID_VALUE, "a pointer is freed that is no live allocation of this device");
    }
    context->drain();
    if (context->failed) {
        return context->failed;
    }
    count(FREES);
    char* first = it->second.mapping + PAGE;
    char* end = it->second.mapping + it->second.mappingBytes - PAGE;
    char* behind = (char*)address + it->second.bytes;
    for (char* p = first; !settings().null && p < end; p++) {
        if (p == (char*)address) {
            p = behind;
        }
        if (p < end && *p != (char)0xff) {
            context->failed = ILLEGAL_ADDRESS;
            return fail(ILLEGAL_ADDRESS, std::string("something was written ") +
                                             (p < behind ? "in front of" : "behind") + " an allocation");
        }
    }
    usedBytes[context->device] -= it->second.bytes;
    munmap(it->second.mapping, it->second.mappingBytes);
    allocations.erase(it);
    return SUCCESS;
}

API Status cuMemAllocHost_v2(void** address, size_t bytes) {
    IN_CONTEXT;
    count(PINNED_ALLOCATIONS);
    *address = malloc(bytes);
    if (!settings().null) {
        memset(*address, 0xff, bytes);
    }
    pinned[(char*)*address] = bytes;
    context->handles++;
    return SUCCESS;
}

API Status cuMemFreeHost(void* address) {
    IN_CONTEXT;
    if (!pinned.erase((char*)address)) {
        return fail(INVALID_VALUE, "a pointer is freed that is no pinned memory");
    }
    count(PINNED_FREES);
    context->handles--;
    context->drain();
    free(address);
    return SUCCESS;
}

// Memory of the host becomes pinned as it is. A page can be pinned once.
API Status cuMemHostRegister_v2(void* address, size_t bytes, unsigned) {
    IN_CONTEXT;
    auto next = pinned.upper_bound((char*)address + bytes - 1);
    if (bytes == 0 || (size_t)address % PAGE != 0 || bytes % PAGE != 0) {
        return fail(INVALID_VALUE, "memory is pinned that is not of whole pages");
    }
    if (next != pinned.begin() && std::prev(next)->first + std::prev(next)->second > (char*)address) {
        return HOST_MEMORY_ALREADY_REGISTERED;
    }
    count(PINNED_ALLOCATIONS);
    pinned[(char*)address] = bytes;
    registered[(char*)address] = context;
    return SUCCESS;
}

// Also after a failure: that unpins all memory.
API Status cuMemHostUnregister(void* address) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    if (!registered.erase((char*)address) || !pinned.erase((char*)address)) {
        return fail(INVALID_VALUE, "memory is unpinned that was not pinned");
    }
    count(PINNED_FREES);
    return currentContext ? currentContext->failed : INVALID_CONTEXT;
}

// ---- copies and fills, in a stream

API Status cuMemcpyHtoDAsync_v2(Address to, const void* from, size_t bytes, Stream* stream) {
    IN_CONTEXT;
    if (!find(to, bytes) || !isPinned(from, bytes)) {
        return fail(INVALID_VALUE, "host to device: outside of the allocation, or from memory that is not pinned");
    }
    count(COPIES_TO_DEVICE);
    count(BYTES_TO_DEVICE, bytes);
    return submit(context, stream, [=] {
        // It may no longer be: then the copy reads what it finds there.
        if (isPinned(from, bytes)) {
            memcpy((void*)to, from, bytes);
        } else {
            context->failed = fail(ILLEGAL_ADDRESS, "host to device: the memory was unpinned before it was copied");
        }
    });
}

API Status cuMemcpyDtoHAsync_v2(void* to, Address from, size_t bytes, Stream* stream) {
    IN_CONTEXT;
    if (!find(from, bytes) || !isPinned(to, bytes)) {
        return fail(INVALID_VALUE, "device to host: outside of the allocation, or to memory that is not pinned");
    }
    count(COPIES_TO_HOST);
    count(BYTES_TO_HOST, bytes);
    if (settings().null) {
        memset(to, 0, bytes);
    }
    return submit(context, stream, [=] { memcpy(to, (void*)from, bytes); });
}

API Status cuMemcpyPeerAsync(Address to, Context* toContext, Address from, Context* fromContext, size_t bytes,
                             Stream* stream) {
    IN_CONTEXT;
    Allocation *target = find(to, bytes), *source = find(from, bytes);
    if (!target || !source || target->device != toContext->device || source->device != fromContext->device) {
        return fail(INVALID_VALUE, "peer copy: outside of an allocation, or of another device");
    }
    count(PEER_COPIES);
    return submit(context, stream, [=] { memcpy((void*)to, (void*)from, bytes); });
}

API Status cuMemcpyDtoDAsync_v2(Address to, Address from, size_t bytes, Stream* stream) {
    IN_CONTEXT;
    if (!find(to, bytes) || !find(from, bytes)) {
        return fail(INVALID_VALUE, "device to device: outside of an allocation");
    }
    return submit(context, stream, [=] { memcpy((void*)to, (void*)from, bytes); });
}

API Status cuMemsetD32Async(Address to, unsigned value, size_t words, Stream* stream) {
    IN_CONTEXT;
    if (!find(to, words * 4)) {
        return fail(INVALID_VALUE, "fill: outside of the allocation");
    }
    count(FILLS);
    return submit(context, stream, [=] {
        for (size_t i = 0; i < words; i++) {
            ((unsigned*)to)[i] = value;
        }
    });
}

// ---- streams and events

API Status cuStreamCreate(Stream** handle, unsigned) {
    IN_CONTEXT;
    count(STREAMS);
    auto stream = std::make_unique<Stream>();
    *handle = stream.get();
    stream->isFirst = context->streams.empty();
    context->streams[*handle] = std::move(stream);
    return SUCCESS;
}

API Status cuStreamDestroy_v2(Stream* handle) {
    IN_CONTEXT;
    handle->drain();
    context->streams.erase(handle);
    return SUCCESS;
}

API Status cuStreamSynchronize(Stream* handle) {
    IN_CONTEXT;
    count(STREAM_SYNCHRONIZATIONS);
    handle->drain();
    return context->failed;
}

API Status cuStreamWaitEvent(Stream* handle, Event* event, unsigned) {
    IN_CONTEXT;
    count(EVENT_WAITS);
    if (!events.count(event)) {
        return fail(INVALID_HANDLE, "a wait for an event that is no live one");
    }
    // Waits for the point at which the event was recorded last, even if it is recorded again later.
    std::shared_ptr<Point> point = event->point;
    return submit(context, handle, [=] {
        if (point) {
            point->await();
        }
    });
}

API Status cuEventCreate(Event** event, unsigned) {
    IN_CONTEXT;
    *event = new Event{nullptr, context};
    context->handles++;
    events.insert(*event);
    return SUCCESS;
}

API Status cuEventDestroy_v2(Event* event) {
    IN_CONTEXT;
    if (!events.erase(event)) {
        return fail(INVALID_HANDLE, "an event is destroyed that is no live one");
    }
    event->context->handles--;
    delete event;
    return SUCCESS;
}

API Status cuEventRecord(Event* event, Stream* handle) {
    IN_CONTEXT;
    count(EVENT_RECORDS);
    if (!events.count(event) || event->context != context) {
        return fail(INVALID_HANDLE, "an event is recorded that is no live one of this context");
    }
    auto point = std::make_shared<Point>(Point{handle});
    event->point = point;
    if (settings().null) {
        point->reach();
    }
    return submit(context, handle, [=] { point->reach(); });
}

API Status cuEventElapsedTime(float* milliseconds, Event* begin, Event* end) {
    IN_CONTEXT;
    if (!begin->point || !end->point) {
        return fail(INVALID_HANDLE, "an event that was never recorded");
    }
    if (!begin->point->reached || !end->point->reached) {
        return NOT_READY;
    }
    *milliseconds = (float)(end->point->milliseconds - begin->point->milliseconds);
    return SUCCESS;
}

API Status cuEventQuery(Event* event) {
    IN_CONTEXT;
    count(EVENT_QUERIES);
    return !event->point || event->point->reached ? SUCCESS : NOT_READY;
}

API Status cuEventSynchronize(Event* event) {
    IN_CONTEXT;
    count(EVENT_SYNCHRONIZATIONS);
    if (event->point) {
        event->point->await();
    }
    return context->failed;
}

// ---- error messages

API Status cuGetErrorName(Status status, const char** name) {
    switch (status) {
        case INVALID_VALUE: *name = "CUDA_ERROR_INVALID_VALUE"; break;
        case OUT_OF_MEMORY: *name = "CUDA_ERROR_OUT_OF_MEMORY"; break;
        case INVALID_PTX: *name = "CUDA_ERROR_INVALID_PTX"; break;
        case ILLEGAL_ADDRESS: *name = "CUDA_ERROR_ILLEGAL_ADDRESS"; break;
        default: *name = "CUDA_ERROR"; break;
    }
    return SUCCESS;
}

API Status cuGetErrorString(Status status, const char** words) {
    *words = status == lastStatus ? lastWords.c_str() : "no details";
    return SUCCESS;
}
