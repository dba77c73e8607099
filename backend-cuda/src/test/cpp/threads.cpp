#include "threads.h"

#include <algorithm>
#include <csetjmp>
#include <csignal>
#include <cstdio>
#include <numeric>
#include <pthread.h>
#include <random>
#include <sys/mman.h>
#include <vector>

#include "settings.h"

// The linker defines these: the beginning and the end of the section of the kernels' shared variables.
extern "C" char __start_emulated_shared[] __attribute__((weak, visibility("hidden")));
extern "C" char __stop_emulated_shared[] __attribute__((weak, visibility("hidden")));

// Saves the registers that a function must keep on this stack, and continues on another stack.
extern "C" __attribute__((visibility("hidden"))) void emulated_switch(void** from, void* to);
asm(R"(
.text
.globl emulated_switch
.hidden emulated_switch
.type emulated_switch,@function
emulated_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size emulated_switch, .-emulated_switch
)");

namespace emulation {
Index threadIndex, blockIndex, blockSize, gridSize;

namespace {
constexpr size_t STACK_BYTES = 64 << 10;

struct Fiber {
    void* stack;      // at the last switch
    unsigned thread;  // which thread of the block it runs
};

std::vector<Fiber*> fibers;
Fiber* running;
void* scheduler;  // the stack of runBlock

const Kernel* kernel;
void** arguments;
unsigned total, started, ended;
bool backwards;  // the order of this block's start
bool usesBarriers;

// The block's failure, found by a fiber or by the signal handler.
std::string failure;
sigjmp_buf afterFault;
pthread_t kernelThread;
volatile sig_atomic_t inKernel;
void* faultAddress;
struct sigaction outerHandler;

void become(unsigned thread) {
    running->thread = thread;
    threadIndex = {thread % blockSize.x, thread / blockSize.x % blockSize.y, thread / (blockSize.x * blockSize.y)};
}

// A fiber runs one thread after another. If a thread waits, the scheduler starts another fiber for the other threads. A
// kernel without barriers therefore runs on one fiber without a switch.
void fiberMain() {
    for (;;) {
        while (started < total) {
            unsigned next = started++;
            become(backwards ? total - 1 - next : next);
            kernel->call(arguments);
            ended++;
        }
        emulated_switch(&running->stack, scheduler);
    }
}

Fiber* newFiber() {
    char* memory = (char*)mmap(nullptr, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(memory, 4096, PROT_NONE);
    void** top = (void**)(memory + STACK_BYTES - 64);
    *--top = nullptr;  // as if fiberMain had been called from somewhere
    *--top = (void*)fiberMain;
    for (int saved = 0; saved < 6; saved++) {
        *--top = nullptr;
    }
    return new Fiber{top, 0};
}

void resume(Fiber* fiber) {
    running = fiber;
    emulated_switch(&scheduler, fiber->stack);
}

void poisonShared() {
    if (__start_emulated_shared) {
        memset(__start_emulated_shared, 0xff, __stop_emulated_shared - __start_emulated_shared);
    }
}

void runBlock() {
    started = ended = 0;
    size_t used = 0;
    while (started < total) {
        if (used == fibers.size()) {
            fibers.push_back(newFiber());
        }
        resume(fibers[used++]);
    }
    for (bool reversed = true; ended < total; reversed = !reversed) {
        if (ended > 0) {
            failure = "a barrier is not reached by all threads";
            return;
        }
        // All threads wait at one barrier, each in a fiber of its own.
        for (size_t i = 0; i < used; i++) {
            resume(fibers[reversed ? used - 1 - i : i]);
        }
    }
}

void onFault(int signal, siginfo_t* info, void* context) {
    if (inKernel && pthread_equal(pthread_self(), kernelThread)) {
        inKernel = 0;
        faultAddress = info->si_addr;
        siglongjmp(afterFault, 1);
    }
    // The virtual machine handles faults of its own, on its other threads.
    if (outerHandler.sa_flags & SA_SIGINFO) {
        outerHandler.sa_sigaction(signal, info, context);
    } else if (outerHandler.sa_handler != SIG_DFL && outerHandler.sa_handler != SIG_IGN) {
        outerHandler.sa_handler(signal);
    } else {
        ::signal(signal, SIG_DFL);
        raise(signal);
    }
}

std::string where() {
    char text[200];
    snprintf(text, sizeof text, "kernel %s, block (%u, %u, %u), thread %u", kernel->name, blockIndex.x, blockIndex.y,
             blockIndex.z, running->thread);
    return text;
}

// In an order of chance, as a device may: no block can depend on another one.
void runBlocks() {
    static std::mt19937 chance(settings().seed);
    static std::vector<unsigned> order;
    order.resize((size_t)gridSize.x * gridSize.y * gridSize.z);
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), chance);
    for (size_t i = 0; i < order.size() && failure.empty(); i++) {
        unsigned place = order[i];
        blockIndex = {place % gridSize.x, place / gridSize.x % gridSize.y, place / gridSize.x / gridSize.y};
        if (i == 0 || usesBarriers) {
            poisonShared();
        }
        backwards = i % 2 == 1;
        runBlock();
        if (forgetCopies() && failure.empty()) {
            failure = "an asynchronous copy is not waited for";
        }
    }
}
}  // namespace

// Called by a kernel's thread: the others run until they wait here too.
void barrier() {
    usesBarriers = true;
    Fiber* self = running;
    emulated_switch(&self->stack, scheduler);
    become(self->thread);
}

std::string run(const Kernel& which, Index grid, Index block, void** values) {
    kernel = &which;
    arguments = values;
    gridSize = grid;
    blockSize = block;
    total = block.x * block.y * block.z;
    usesBarriers = false;
    failure.clear();
    forgetCopies();  // of a kernel that failed
    struct sigaction handler {};
    handler.sa_sigaction = onFault;
    handler.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
    // The outer handler is stored before ours can be called.
    sigaction(SIGSEGV, nullptr, &outerHandler);
    sigaction(SIGSEGV, &handler, nullptr);
    kernelThread = pthread_self();
    if (sigsetjmp(afterFault, 1) == 0) {
        inKernel = 1;
        runBlocks();
        inKernel = 0;
        if (!failure.empty()) {
            failure += ": " + where();
        }
    } else {
        char address[40];
        snprintf(address, sizeof address, "address %p: ", faultAddress);
        failure = address + where();
    }
    sigaction(SIGSEGV, &outerHandler, nullptr);
    if (!failure.empty()) {
        fibers.clear();  // they were interrupted; their stacks leak, which is acceptable in a failed test
    }
    return failure;
}
}  // namespace emulation
