// A stand-in for libcudnn.so.9, for tests: convolution and its gradients. Of its algorithms, some must not be chosen, and
// one is slower than it says. Some windows are computed by none:
//   7 x 7: none gives the same bits each time;   9 x 9: not supported;   13 x 13: refused;   1 x 1: needs no workspace.
#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "library.h"

using namespace emulation;

namespace {
enum { SUCCESS_ = 0, NOT_INITIALIZED_ = 1001, BAD_PARAMETER = 2000, NOT_SUPPORTED = 3000 };
enum { DEFAULT_MATH = 0, TENSOR_OP_MATH = 1, FMA_MATH = 3 };
enum { FLOAT = 0, BFLOAT16 = 9 };

// Those that work: the second one is said to be faster, and is slower.
constexpr int ALGORITHM = 1, SLOW_ALGORITHM = 3;
// It is proposed, and fails when it runs; another one fails when its workspace is asked for.
constexpr int FAILING_ALGORITHM = 2, ALGORITHM_WITHOUT_SIZE = 5;

struct Tensor {
    int type = FLOAT, n = 0, c = 0, h = 0, w = 0;

    bool narrow() const { return type == BFLOAT16; }
    size_t bytes() const { return elements() * library::bytesOf(narrow()); }
    size_t elements() const { return (size_t)n * c * h * w; }
};

struct Filter : Tensor {};

struct Convolution {
    int padY = 0, padX = 0, strideY = 0, strideX = 0, groups = 1, mathType = DEFAULT_MATH;
};

// cudnnConvolutionFwdAlgoPerf_t and the same for the other two passes.
struct Performance {
    int algorithm, status;
    float time;
    size_t memory;
    int determinism, mathType, reserved[3];
};

int refuse(const std::string& words) { return library::refuse(BAD_PARAMETER, "cuDNN", words); }

bool isWindow(const Filter& w, int side) { return w.h == side && w.w == side; }

// Depends on the shapes, so that one convolution's workspace is too small for another.
size_t workspaceBytes(const Filter& w, const Tensor& y) {
    return isWindow(w, 1) ? 0 : (256 + 4 * y.elements()) / 256 * 256;
}

int workspace(int algorithm, const Filter& w, const Tensor& y, size_t* bytes) {
    *bytes = algorithm == 4 ? (size_t)1 << 40 : workspaceBytes(w, y);
    return algorithm == ALGORITHM_WITHOUT_SIZE ? NOT_SUPPORTED : SUCCESS_;
}

bool matches(const Tensor& x, const Filter& w, const Convolution& how, const Tensor& y) {
    // Maps in bfloat16 are multiplied by tensor cores only.
    bool types = x.type == w.type && x.type == y.type && (x.narrow() == (how.mathType == TENSOR_OP_MATH));
    return types && how.strideY > 0 && x.elements() > 0 && x.c == w.c * how.groups && w.n % how.groups == 0 && y.n == x.n &&
           y.c == w.n && y.h == 1 + (x.h + 2 * how.padY - w.h) / how.strideY &&
           y.w == 1 + (x.w + 2 * how.padX - w.w) / how.strideX;
}

int list(const Tensor& x, const Filter& w, const Convolution& how, const Tensor& y, int room, int* count,
         Performance* found) {
    if (!matches(x, w, how, y)) {
        return refuse("the descriptors do not fit together");
    }
    if (isWindow(w, 13)) {
        *count = 0;
        return BAD_PARAMETER;
    }
    if (isWindow(w, 9)) {
        *count = 1 << 30;  // as if it had never been set
        return NOT_SUPPORTED;
    }
    int same = isWindow(w, 7) ? 0 : 1;
    size_t bytes = workspaceBytes(w, y);
    std::vector<Performance> all = {
        {6, NOT_SUPPORTED, -1, 0, 1, how.mathType, {}},  // cannot
        {0, SUCCESS_, 1, 64, 0, how.mathType, {}},       // not the same bits each time
        {4, SUCCESS_, 2, (size_t)1 << 40, 1, how.mathType, {}},
        {ALGORITHM_WITHOUT_SIZE, SUCCESS_, 3, bytes, same, how.mathType, {}},
        {FAILING_ALGORITHM, SUCCESS_, 4, bytes, same, how.mathType, {}},
        {SLOW_ALGORITHM, SUCCESS_, 5, bytes, same, how.mathType, {}},
        {ALGORITHM, SUCCESS_, 6, bytes, same, how.mathType, {}},
    };
    *count = std::min(room, (int)all.size());
    std::copy(all.begin(), all.begin() + *count, found);
    return SUCCESS_;
}

// Calls f(index of x, of w, of y) for each product in the convolution.
template <class F>
void forEachProduct(const Tensor& x, const Filter& w, const Convolution& how, const Tensor& y, F f) {
    int outputs = w.n / how.groups;
    for (int n = 0; n < y.n; n++)
        for (int k = 0; k < y.c; k++)
            for (int c = 0; c < w.c; c++)
                for (int p = 0; p < y.h; p++)
                    for (int q = 0; q < y.w; q++)
                        for (int r = 0; r < w.h; r++)
                            for (int s = 0; s < w.w; s++) {
                                int row = p * how.strideY - how.padY + r, column = q * how.strideX - how.padX + s;
                                if (row >= 0 && row < x.h && column >= 0 && column < x.w) {
                                    int channel = k / outputs * w.c + c;
                                    f((((size_t)n * x.c + channel) * x.h + row) * x.w + column,
                                      (((size_t)k * w.c + c) * w.h + r) * w.w + s,
                                      (((size_t)n * y.c + k) * y.h + p) * y.w + q);
                                }
                            }
}

// What a pass computes.
enum Result { Y, X, W };

// Checks a pass and puts it into the stream.
int compute(library::Handle* handle, Result result, const Tensor* x, void* atX, const Filter* w, void* atW,
            const Convolution* how, const Tensor* y, void* atY, int algorithm, void* workspace, size_t bytes,
            const float* alpha, const float* beta) {
    std::string obstacle = handle->obstacle();
    if (!obstacle.empty()) {
        return refuse(obstacle);
    }
    if (!matches(*x, *w, *how, *y)) {
        return refuse("the descriptors do not fit together");
    }
    size_t size = library::bytesOf(x->narrow());
    if (!handle->owns(atX, x->bytes(), size) || !handle->owns(atW, w->bytes(), size) ||
        !handle->owns(atY, y->bytes(), size)) {
        return refuse("a tensor does not lie in one allocation of this device");
    }
    if (algorithm == FAILING_ALGORITHM) {
        return NOT_SUPPORTED;
    }
    if ((algorithm != ALGORITHM && algorithm != SLOW_ALGORITHM) || isWindow(*w, 7)) {
        return refuse("an algorithm that cannot, needs too much, or differs from time to time");
    }
    if (bytes < workspaceBytes(*w, *y) || (bytes > 0 && !handle->owns(workspace, bytes, 256))) {
        return refuse("the workspace is too small, not aligned to 256 bytes, or no memory of this device");
    }
    if (*alpha != 1 || *beta != 0) {
        return refuse("the stand-in does not scale");
    }
    handle->submit([=, x = *x, w = *w, how = *how, y = *y] {
        if (algorithm == SLOW_ALGORITHM) {
            std::this_thread::sleep_for(std::chrono::microseconds(500));
        }
        library::spoil(workspace, bytes);
        bool tf32 = how.mathType != FMA_MATH, narrow = x.narrow();
        auto product = [=](const void* a, size_t i, const void* b, size_t j) {
            return library::operand(library::load(a, i, narrow), tf32) *
                   library::operand(library::load(b, j, narrow), tf32);
        };
        // Sums are in single precision, and rounded once if the result is in bfloat16.
        std::vector<float> sums((result == Y ? y : result == X ? x : (const Tensor&)w).elements());
        forEachProduct(x, w, how, y, [&](size_t i, size_t j, size_t k) {
            switch (result) {
                case Y: sums[k] += product(atX, i, atW, j); break;
                case X: sums[i] += product(atY, k, atW, j); break;
                case W: sums[j] += product(atX, i, atY, k); break;
            }
        });
        void* out = result == Y ? atY : result == X ? atX : atW;
        for (size_t i = 0; i < sums.size(); i++) {
            library::store(out, i, sums[i], narrow);
        }
    });
    return SUCCESS_;
}
}  // namespace

API size_t cudnnGetVersion() { return 90102; }

API const char* cudnnGetErrorString(int status) {
    return status == BAD_PARAMETER ? "CUDNN_STATUS_BAD_PARAM" : status ? "CUDNN_STATUS" : "CUDNN_STATUS_SUCCESS";
}

API int cudnnCreate(library::Handle** handle) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    if (!current()) {
        return NOT_INITIALIZED_;
    }
    *handle = new library::Handle;
    return SUCCESS_;
}

API int cudnnDestroy(library::Handle* handle) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    if (handle->context != current()) {
        return refuse("a handle is destroyed in another context");
    }
    delete handle;
    return SUCCESS_;
}

API int cudnnSetStream(library::Handle* handle, Stream* stream) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    handle->stream = stream;
    return SUCCESS_;
}

// ---- descriptors

#define DESCRIPTOR(T, name)                        \
    API int cudnnCreate##name##Descriptor(T** d) { \
        *d = new T;                                \
        return SUCCESS_;                           \
    }                                              \
    API int cudnnDestroy##name##Descriptor(T* d) { \
        delete d;                                  \
        return SUCCESS_;                           \
    }

DESCRIPTOR(Tensor, Tensor)
DESCRIPTOR(Filter, Filter)
DESCRIPTOR(Convolution, Convolution)

static int set(Tensor* d, int type, int format, int n, int c, int h, int w) {
    (d->type = type, d->n = n, d->c = c, d->h = h, d->w = w);
    return (type != FLOAT && type != BFLOAT16) || format || std::min({n, c, h, w}) < 1 ? refuse("neither floats nor bfloat16 in the order NCHW") : SUCCESS_;
}

API int cudnnSetTensor4dDescriptor(Tensor* d, int format, int type, int n, int c, int h, int w) {
    return set(d, type, format, n, c, h, w);
}

API int cudnnSetFilter4dDescriptor(Filter* d, int type, int format, int k, int c, int h, int w) {
    return set(d, type, format, k, c, h, w);
}

API int cudnnSetConvolution2dDescriptor(Convolution* d, int padY, int padX, int strideY, int strideX, int dilationY,
                                        int dilationX, int mode, int type) {
    (d->padY = padY, d->padX = padX, d->strideY = strideY, d->strideX = strideX);
    bool known = dilationY == 1 && dilationX == 1 && mode == 1 && type == 0 && std::min(padY, padX) >= 0;
    return known ? SUCCESS_ : refuse("no cross-correlation of floats without dilation");
}

API int cudnnSetConvolutionGroupCount(Convolution* d, int groups) {
    d->groups = groups;
    return groups < 1 ? refuse("groups below 1") : SUCCESS_;
}

API int cudnnSetConvolutionMathType(Convolution* d, int type) {
    d->mathType = type;
    return type == DEFAULT_MATH || type == TENSOR_OP_MATH || type == FMA_MATH ? SUCCESS_ : refuse("no such math type");
}

// ---- the three passes

#define MAX_COUNT(pass)                                                                       \
    API int cudnnGetConvolution##pass##AlgorithmMaxCount(library::Handle*, int* count) {      \
        *count = 8;                                                                           \
        return SUCCESS_;                                                                      \
    }

MAX_COUNT(Forward)
MAX_COUNT(BackwardData)
MAX_COUNT(BackwardFilter)

API int cudnnGetConvolutionForwardAlgorithm_v7(library::Handle*, Tensor* x, Filter* w, Convolution* how, Tensor* y,
                                               int room, int* count, Performance* found) {
    return list(*x, *w, *how, *y, room, count, found);
}

API int cudnnGetConvolutionBackwardDataAlgorithm_v7(library::Handle*, Filter* w, Tensor* dy, Convolution* how,
                                                    Tensor* dx, int room, int* count, Performance* found) {
    return list(*dx, *w, *how, *dy, room, count, found);
}

API int cudnnGetConvolutionBackwardFilterAlgorithm_v7(library::Handle*, Tensor* x, Tensor* dy, Convolution* how,
                                                      Filter* dw, int room, int* count, Performance* found) {
    return list(*x, *dw, *how, *dy, room, count, found);
}

API int cudnnGetConvolutionForwardWorkspaceSize(library::Handle*, Tensor*, Filter* w, Convolution*, Tensor* y,
                                                int algorithm, size_t* bytes) {
    return workspace(algorithm, *w, *y, bytes);
}

API int cudnnGetConvolutionBackwardDataWorkspaceSize(library::Handle*, Filter* w, Tensor* dy, Convolution*, Tensor*,
                                                     int algorithm, size_t* bytes) {
    return workspace(algorithm, *w, *dy, bytes);
}

API int cudnnGetConvolutionBackwardFilterWorkspaceSize(library::Handle*, Tensor*, Tensor* dy, Convolution*, Filter* dw,
                                                       int algorithm, size_t* bytes) {
    return workspace(algorithm, *dw, *dy, bytes);
}

API int cudnnConvolutionForward(library::Handle* handle, const float* alpha, Tensor* x, void* atX, Filter* w, void* atW,
                                Convolution* how, int algorithm, void* workspace, size_t bytes, const float* beta,
                                Tensor* y, void* atY) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    return compute(handle, Y, x, atX, w, atW, how, y, atY, algorithm, workspace, bytes, alpha, beta);
}

API int cudnnConvolutionBackwardData(library::Handle* handle, const float* alpha, Filter* w, void* atW, Tensor* dy,
                                     void* atY, Convolution* how, int algorithm, void* workspace, size_t bytes,
                                     const float* beta, Tensor* dx, void* atX) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    return compute(handle, X, dx, atX, w, atW, how, dy, atY, algorithm, workspace, bytes, alpha, beta);
}

API int cudnnConvolutionBackwardFilter(library::Handle* handle, const float* alpha, Tensor* x, void* atX, Tensor* dy,
                                       void* atY, Convolution* how, int algorithm, void* workspace, size_t bytes,
                                       const float* beta, Filter* dw, void* atW) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    return compute(handle, W, x, atX, dw, atW, how, dy, atY, algorithm, workspace, bytes, alpha, beta);
}
