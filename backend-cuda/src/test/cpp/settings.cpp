#include "settings.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "books.h"

namespace emulation {
namespace {
long number(const char* name, long otherwise) {
    const char* value = getenv(name);
    return value && *value ? atol(value) : otherwise;
}

Settings read() {
    Settings read;
    read.null = number("TANDEM_EMULATED_NULL", 0) == 1;
    read.devices = (int)std::clamp(number("TANDEM_EMULATED_DEVICES", 2), 0L, (long)MOST_DEVICES);
    read.multiprocessors = (int)number("TANDEM_EMULATED_MULTIPROCESSORS", read.null ? 132 : 4);
    read.seed = (unsigned)number("TANDEM_EMULATED_SEED", (long)(time(nullptr) ^ (long)getpid() << 16));
    read.deviceBytes = (size_t)(read.null ? 80 : 2) << 30;
    if (!read.null) {
        fprintf(stderr, "emulated CUDA driver: blocks in the order of TANDEM_EMULATED_SEED=%u\n", read.seed);
    }
    return read;
}

struct Entry {
    char name[56];
    unsigned long long count;
};

Entry* openBooks() {
    static Entry own[COUNTS];
    static const char* names[COUNTS] = {"allocations",
                                        "frees",
                                        "pinned allocations",
                                        "pinned frees",
                                        "streams",
                                        "launches",
                                        "library calls",
                                        "fills",
                                        "copies to device",
                                        "bytes to device",
                                        "copies to host",
                                        "bytes to host",
                                        "peer copies",
                                        "stream synchronizations",
                                        "event synchronizations",
                                        "event queries",
                                        "event records",
                                        "event waits"};
    Entry* books = own;
    const char* file = getenv("TANDEM_EMULATED_BOOKS");
    int descriptor = file ? open(file, O_RDWR | O_CREAT | O_TRUNC, 0644) : -1;
    if (descriptor >= 0) {
        void* shared = ftruncate(descriptor, sizeof own) == 0
                           ? mmap(nullptr, sizeof own, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
                           : MAP_FAILED;
        books = shared == MAP_FAILED ? own : (Entry*)shared;
        close(descriptor);
    }
    for (int i = 0; i < COUNTS; i++) {
        strncpy(books[i].name, names[i], sizeof books[i].name - 1);
    }
    return books;
}
}  // namespace

const Settings& settings() {
    static const Settings read_ = read();
    return read_;
}

void count(Count which, size_t number) {
    static Entry* const books = openBooks();
    books[which].count += number;
}
}  // namespace emulation
