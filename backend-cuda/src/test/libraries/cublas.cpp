// A stand-in for libcublas, for tests: the product of matrices. VERSION is its major number.
#include "library.h"

using namespace emulation;

namespace {
enum { SUCCESS_ = 0, NOT_INITIALIZED_ = 1, INVALID_VALUE_ = 7 };
enum { AS_IT_STANDS = 0, TRANSPOSED = 1 };
enum { DEFAULT_MATH = 0, TF32_MATH = 3 };

struct Cublas : library::Handle {
    void* workspace = nullptr;
    size_t workspaceBytes = 0;
    int mathMode = DEFAULT_MATH;
};

int refuse(const std::string& words) { return library::refuse(INVALID_VALUE_, "cuBLAS", words); }
}  // namespace

API int cublasGetProperty(int type, int* value) {
    *value = type == 0 ? VERSION : type == 1 ? 6 : 4;
    return SUCCESS_;
}

API int cublasCreate_v2(Cublas** handle) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    if (!current()) {
        return NOT_INITIALIZED_;
    }
    *handle = new Cublas;
    return SUCCESS_;
}

API int cublasDestroy_v2(Cublas* handle) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    if (handle->context != current()) {
        return refuse("a handle is destroyed in another context");
    }
    delete handle;
    return SUCCESS_;
}

// Resets the workspace, as the real one does.
API int cublasSetStream_v2(Cublas* handle, Stream* stream) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    handle->stream = stream;
    handle->workspace = nullptr;
    return SUCCESS_;
}

API int cublasSetWorkspace_v2(Cublas* handle, void* workspace, size_t bytes) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    if (!handle->owns(workspace, bytes, 256)) {
        return refuse("the workspace is no memory of this device, or not aligned to 256 bytes");
    }
    handle->workspace = workspace;
    handle->workspaceBytes = bytes;
    return SUCCESS_;
}

API int cublasSetMathMode(Cublas* handle, int mode) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    handle->mathMode = mode;
    return mode == DEFAULT_MATH || mode == TF32_MATH ? SUCCESS_ : refuse("no math mode that Tandem should need");
}

API int cublasGetPointerMode_v2(Cublas*, int* mode) {
    *mode = 0;  // scalars are on the host
    return SUCCESS_;
}

// c (m, n) = alpha op(a) op(b) + beta c for each matrix of a batch, matrices by columns.
API int cublasSgemmStridedBatched(Cublas* handle, int operationA, int operationB, int m, int n, int k,
                                  const float* alpha, const float* a, int lda, long long strideA, const float* b,
                                  int ldb, long long strideB, const float* beta, float* c, int ldc, long long strideC,
                                  int batch) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    std::string obstacle = handle->obstacle();
    if (!obstacle.empty()) {
        return refuse(obstacle);
    }
    bool transposeA = operationA == TRANSPOSED, transposeB = operationB == TRANSPOSED;
    if (m < 1 || n < 1 || k < 1 || batch < 1 || lda < (transposeA ? k : m) || ldb < (transposeB ? n : k) || ldc < m) {
        return refuse("a dimension is below 1, or a leading dimension below the rows");
    }
    size_t endA = strideA * (batch - 1) + (size_t)lda * ((transposeA ? m : k) - 1) + (transposeA ? k : m);
    size_t endB = strideB * (batch - 1) + (size_t)ldb * ((transposeB ? k : n) - 1) + (transposeB ? n : k);
    size_t endC = strideC * (batch - 1) + (size_t)ldc * (n - 1) + m;
    if (!handle->owns(a, endA * 4) || !handle->owns(b, endB * 4) || !handle->owns(c, endC * 4)) {
        return refuse("a matrix does not lie in one allocation of this device");
    }
    if (!handle->workspace || !handle->owns(handle->workspace, handle->workspaceBytes)) {
        return refuse("there is no workspace: the real one would allocate its own");
    }
    bool tf32 = handle->mathMode == TF32_MATH;
    float scale = *alpha, keep = *beta;
    void* workspace = handle->workspace;
    handle->submit([=] {
        library::spoil(workspace, 4096);
        for (int index = 0; index < batch; index++) {
            const float *firstA = a + index * strideA, *firstB = b + index * strideB;
            for (int column = 0; column < n; column++) {
                for (int row = 0; row < m; row++) {
                    float sum = 0;
                    for (int i = 0; i < k; i++) {
                        float left = firstA[transposeA ? (size_t)row * lda + i : (size_t)i * lda + row];
                        float right = firstB[transposeB ? (size_t)i * ldb + column : (size_t)column * ldb + i];
                        sum += library::operand(left, tf32) * library::operand(right, tf32);
                    }
                    float& to = c[index * strideC + (size_t)column * ldc + row];
                    to = scale * sum + (keep == 0 ? 0 : keep * to);
                }
            }
        }
    });
    return SUCCESS_;
}

API int cublasSgemm_v2(Cublas* handle, int operationA, int operationB, int m, int n, int k, const float* alpha,
                       const float* a, int lda, const float* b, int ldb, const float* beta, float* c, int ldc) {
    return cublasSgemmStridedBatched(handle, operationA, operationB, m, n, k, alpha, a, lda, 0, b, ldb, 0, beta, c, ldc,
                                     0, 1);
}
