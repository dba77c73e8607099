// Asynchronous copies to shared memory. Each thread's copies are kept in groups, and made when it waits for them.
#include <cstring>
#include <deque>
#include <vector>

#include "threads.h"

namespace {
struct Copy {
    float* to;
    const float* from;
    int width;
    bool inside;
};
struct Thread {
    std::vector<Copy> begun;
    std::deque<std::vector<Copy>> groups;
};
Thread threads[1024];
bool used;  // by this block

Thread& current() { return threads[emulation::threadIndex.x]; }

void begin(float* to, const float* from, int width, bool inside) {
    // The device faults on addresses that are not aligned, and so does the read here.
    if (((size_t)to | (size_t)from) % (width * sizeof(float))) {
        to = *(float* volatile*)1;
    }
    used = true;
    memset(to, 0xff, width * sizeof(float));
    current().begun.push_back({to, from, width, inside});
}
}  // namespace

void copyFour(float* to, const float* from, bool inside) { begin(to, from, 4, inside); }

void copyOne(float* to, const float* from, bool inside) { begin(to, from, 1, inside); }

void endCopies() {
    used = true;
    current().groups.push_back(std::move(current().begun));
    current().begun.clear();
}

void waitForCopies(int pending) {
    auto& groups = current().groups;
    for (; (int)groups.size() > pending; groups.pop_front()) {
        for (const Copy& copy : groups.front()) {
            for (int i = 0; i < copy.width; i++) {
                copy.to[i] = copy.inside ? copy.from[i] : 0;
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
