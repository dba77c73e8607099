// A stand-in for libcublas, for tests: the product of matrices. VERSION is its major number.
#include "library.h"

using namespace emulation;

namespace {
enum { SUCCESS_ = 0, NOT_INITIALIZED_ = 1, INVALID_VALUE_ = 7 };
enum { AS_IT_STANDS = 0, TRANSPOSED = 1 };
enum { DEFAULT_MATH = 0, TF32_MATH = 3, EXACT_SUMS = 16 };
enum { F32 = 0, BF16 = 14, SUMS_IN_F32 = 68 };

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
    int products = mode & ~EXACT_SUMS;
    return products == DEFAULT_MATH || products == TF32_MATH ? SUCCESS_ : refuse("no math mode that Tandem should need");
}

API int cublasGetPointerMode_v2(Cublas*, int* mode) {
    *mode = 0;  // scalars are on the host
    return SUCCESS_;
}

// c (m, n) = alpha op(a) op(b) + beta c for each matrix of a batch, matrices by columns.
static int multiply(Cublas* handle, int operationA, int operationB, int m, int n, int k, const float* alpha,
                    const void* a, bool narrow, int lda, long long strideA, const void* b, int ldb, long long strideB,
                    const float* beta, void* c, bool narrowC, int ldc, long long strideC, int batch) {
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
    size_t size = library::bytesOf(narrow), sizeC = library::bytesOf(narrowC);
    if (!handle->owns(a, endA * size, size) || !handle->owns(b, endB * size, size) ||
        !handle->owns(c, endC * sizeC, sizeC)) {
        return refuse("a matrix does not lie in one allocation of this device");
    }
    if (!handle->workspace || !handle->owns(handle->workspace, handle->workspaceBytes)) {
        return refuse("there is no workspace: the real one would allocate its own");
    }
    bool tf32 = (handle->mathMode & ~EXACT_SUMS) == TF32_MATH;
    float scale = *alpha, keep = *beta;
    void* workspace = handle->workspace;
    handle->submit([=] {
        library::spoil(workspace, 4096);
        for (int index = 0; index < batch; index++) {
            for (int column = 0; column < n; column++) {
                for (int row = 0; row < m; row++) {
                    float sum = 0;
                    for (int i = 0; i < k; i++) {
                        size_t atA = transposeA ? (size_t)row * lda + i : (size_t)i * lda + row;
                        size_t atB = transposeB ? (size_t)i * ldb + column : (size_t)column * ldb + i;
                        float left = library::load(a, index * strideA + atA, narrow);
                        float right = library::load(b, index * strideB + atB, narrow);
                        sum += library::operand(left, tf32) * library::operand(right, tf32);
                    }
                    size_t at = index * strideC + (size_t)column * ldc + row;
                    float kept = keep == 0 ? 0 : keep * library::load(c, at, narrowC);
                    library::store(c, at, scale * sum + kept, narrowC);
                }
            }
        }
    });
    return SUCCESS_;
}

API int cublasSgemmStridedBatched(Cublas* handle, int operationA, int operationB, int m, int n, int k,
                                  const float* alpha, const float* a, int lda, long long strideA, const float* b,
                                  int ldb, long long strideB, const float* beta, float* c, int ldc, long long strideC,
                                  int batch) {
    return multiply(handle, operationA, operationB, m, n, k, alpha, a, false, lda, strideA, b, ldb, strideB, beta, c,
                    false, ldc, strideC, batch);
}

API int cublasSgemm_v2(Cublas* handle, int operationA, int operationB, int m, int n, int k, const float* alpha,
                       const float* a, int lda, const float* b, int ldb, const float* beta, float* c, int ldc) {
    return cublasSgemmStridedBatched(handle, operationA, operationB, m, n, k, alpha, a, lda, 0, b, ldb, 0, beta, c, ldc,
                                     0, 1);
}

API int cublasGemmStridedBatchedEx(Cublas* handle, int operationA, int operationB, int m, int n, int k,
                                   const void* alpha, const void* a, int typeA, int lda, long long strideA,
                                   const void* b, int typeB, int ldb, long long strideB, const void* beta, void* c,
                                   int typeC, int ldc, long long strideC, int batch, int compute, int algorithm) {
    if (typeA != BF16 || typeB != BF16 || (typeC != BF16 && typeC != F32) || compute != SUMS_IN_F32 || algorithm != -1) {
        return refuse("types, sums or an algorithm that Tandem should not need");
    }
    if (typeC == BF16 && !(handle->mathMode & EXACT_SUMS)) {
        return refuse("sums could be added in bfloat16");
    }
    return multiply(handle, operationA, operationB, m, n, k, (const float*)alpha, a, true, lda, strideA, b, ldb, strideB,
                    (const float*)beta, c, typeC == BF16, ldc, strideC, batch);
}

API int cublasGemmEx(Cublas* handle, int operationA, int operationB, int m, int n, int k, const void* alpha,
                     const void* a, int typeA, int lda, const void* b, int typeB, int ldb, const void* beta, void* c,
                     int typeC, int ldc, int compute, int algorithm) {
    return cublasGemmStridedBatchedEx(handle, operationA, operationB, m, n, k, alpha, a, typeA, lda, 0, b, typeB, ldb, 0,
                                      beta, c, typeC, ldc, 0, 1, compute, algorithm);
}
