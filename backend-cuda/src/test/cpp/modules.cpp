// Modules and launches. A module is PTX text. Its kernels must have the same parameters as those that the host's
// compiler made from the same sources; the host's versions run.
#include <algorithm>
#include <cstring>
#include <regex>
#include <vector>

#include "driver.h"
#include "threads.h"

using namespace emulation;

namespace {
struct Function {
    const Kernel* kernel;
    Context* context;
};

struct Module {
    std::map<std::string, Function> functions;
};

std::map<std::string, const Kernel*>& kernels() {
    static std::map<std::string, const Kernel*> all;
    return all;
}

// The sizes of the parameters in a PTX declaration.
std::vector<int> sizes(const std::string& declaration) {
    static const std::regex parameter(R"(\.param\s+(?:\.align\s+\d+\s+)?\.([a-z]+)(\d+)\s+\w+(?:\[(\d+)\])?)");
    std::vector<int> result;
    for (std::sregex_iterator it(declaration.begin(), declaration.end(), parameter), end; it != end; ++it) {
        result.push_back((*it)[3].matched ? std::stoi((*it)[3]) : std::stoi((*it)[2]) / 8);
    }
    return result;
}
}  // namespace

void emulation::registerKernel(const Kernel* kernel) { kernels()[kernel->name] = kernel; }

API Status cuModuleLoadData(Module** result, const char* image) {
    IN_CONTEXT;
    auto module = std::make_unique<Module>();
    std::string text = image;
    static const std::string ENTRY = ".entry ";
    for (size_t at = text.find(ENTRY); at != std::string::npos; at = text.find(ENTRY, at + 1)) {
        size_t open = text.find('(', at), close = text.find(')', open);
        std::string name = text.substr(at + ENTRY.size(), open - at - ENTRY.size());
        auto host = kernels().find(name);
        if (host == kernels().end()) {
            return fail(INVALID_PTX, "kernel " + name + " is in the PTX, but not in the sources");
        }
        const Kernel* kernel = host->second;
        std::vector<int> declared = sizes(text.substr(open, close - open));
        if (!std::equal(declared.begin(), declared.end(), kernel->sizes, kernel->sizes + kernel->parameters)) {
            return fail(INVALID_PTX, "kernel " + name + " has other parameters in the PTX than in the sources");
        }
        module->functions[name] = {kernel, context};
    }
    context->handles++;
    *result = module.release();
    return SUCCESS;
}

API Status cuModuleUnload(Module* module) {
    IN_CONTEXT;
    context->drain();
    context->handles--;
    delete module;
    return SUCCESS;
}

API Status cuModuleGetFunction(Function** function, Module* module, const char* name) {
    IN_CONTEXT;
    auto found = module->functions.find(name);
    if (found == module->functions.end()) {
        return NOT_FOUND;
    }
    *function = &found->second;
    return SUCCESS;
}

// Arguments come as one buffer, in "extra": the pairs (1, the buffer) and (2, its size), then 0.
API Status cuLaunchKernel(Function* function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
                          unsigned blockY, unsigned blockZ, unsigned, Stream* stream, void** parameters, void** extra) {
    IN_CONTEXT;
    const Kernel* kernel = function->kernel;
    std::string name = kernel->name;
    if (function->context != context || !context->streams.count(stream)) {
        return fail(INVALID_HANDLE, name + ": the kernel or the stream is of another context");
    }
    if (!gridX || !gridY || !gridZ || gridY > 65535 || gridZ > 65535 || blockX * blockY * blockZ - 1 > 1023) {
        return fail(INVALID_VALUE, name + ": a grid or a block of this size cannot be launched");
    }
    if (parameters || !extra) {
        return fail(INVALID_VALUE, name + ": the emulated driver takes arguments as a buffer only");
    }
    const char* buffer = nullptr;
    size_t bytes = 0;
    for (int i = 0; extra[i]; i += 2) {
        if (extra[i] == (void*)1) buffer = (const char*)extra[i + 1];
        if (extra[i] == (void*)2) bytes = *(size_t*)extra[i + 1];
    }
    std::vector<char> copy(buffer, buffer + bytes);
    std::vector<size_t> offsets;
    size_t end = 0;
    for (int i = 0; i < kernel->parameters; i++) {
        size_t size = kernel->sizes[i];
        size_t alignment = kernel->alignments[i];
        end = (end + alignment - 1) / alignment * alignment;
        offsets.push_back(end);
        end += size;
        if (end > bytes) {
            break;
        }
        if (kernel->pointers[i]) {
            Address address;
            memcpy(&address, &copy[offsets[i]], sizeof address);
            Allocation* allocation = find(address, 4);
            if (address && (!allocation || allocation->device != context->device)) {
                return fail(INVALID_VALUE, name + ": argument " + std::to_string(i) + " is no memory of this device");
            }
        }
    }
    if (end != bytes) {
        return fail(INVALID_VALUE, name + ": the arguments do not have the parameters' size");
    }
    count(LAUNCHES);
    if (settings().null) {
        return SUCCESS;
    }
    Index grid = {gridX, gridY, gridZ}, block = {blockX, blockY, blockZ};
    stream->work.push_back([=]() mutable {
        if (context->failed) {
            return;
        }
        std::vector<void*> values;
        for (size_t offset : offsets) {
            values.push_back(&copy[offset]);
        }
        std::string wrong = run(*kernel, grid, block, values.data());
        if (!wrong.empty()) {
            context->failed = fail(ILLEGAL_ADDRESS, "an illegal memory access was encountered, " + wrong);
        }
    });
    return SUCCESS;
}
