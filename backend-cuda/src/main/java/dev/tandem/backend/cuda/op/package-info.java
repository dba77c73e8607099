/**
 * The families of operations on a GPU, one class each: by our kernels ({@code Cuda*}), by cuBLAS ({@code Cublas*}) or
 * by cuDNN ({@code Cudnn*}). The kernels of a family are in the {@code .cu} file of the same name.
 */
package dev.tandem.backend.cuda.op;
