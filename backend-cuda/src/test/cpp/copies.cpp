// Asynchronous copies to shared memory. Each thread's copies are kept in groups, and made when it waits for them.
#include <cstring>
#include <deque>
#include <vector>

#include "threads.h"

namespace {
struct Copy {
    void* to;
    const void* from;
    size_t bytes;
    bool inside;
};
struct Thread {
    std::vector<Copy> begun;
    std::deque<std::vector<Copy>> groups;
};
Thread threads[1024];
bool used;  // by this block

Thread& current() { return threads[emulation::threadIndex.x]; }
}  // namespace

void beginCopy(void* to, const void* from, size_t bytes, bool inside) {
    // The device faults on addresses that are not aligned.
    if (((size_t)to | (size_t)from) % bytes) {
        *(volatile char*)1;
    }
    used = true;
    memset(to, 0xff, bytes);
    current().begun.push_back({to, from, bytes, inside});
}

void endCopies() {
    used = true;
    current().groups.push_back(std::move(current().begun));
    current().begun.clear();
}

void waitForCopies(int pending) {
    auto& groups = current().groups;
    for (; (int)groups.size() > pending; groups.pop_front()) {
        for (const Copy& copy : groups.front()) {
            if (copy.inside) {
                memcpy(copy.to, copy.from, copy.bytes);
            } else {
                memset(copy.to, 0, copy.bytes);
            }
        }
    }
}

bool emulation::forgetCopies() {
    bool unfinished = false;
    if (!used) {
        return false;
    }
    used = false;
    for (Thread& thread : threads) {
        unfinished |= !thread.begun.empty();
        for (const auto& group : thread.groups) {
            unfinished |= !group.empty();
        }
        thread.begun.clear();
        thread.groups.clear();
    }
    return unfinished;
}
