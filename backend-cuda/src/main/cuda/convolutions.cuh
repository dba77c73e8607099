// Convolution of x (N, C, H, W) with w (K, C/groups, R, S) into y (N, K, P, Q) and its gradients, as implicit matrix
// products: the matrices of patches exist only as index arithmetic. Each group has products of its own; C and K are the
// channels and outputs of one group here:
//
//   forward   y (K, N P Q)   = w (K, C R S)          times the patches of x (C R S, N P Q)
//   data      dx (C, N H W)  = w turned (C, K R S)   times the outputs that each element reaches (K R S, N H W)
//   weights   dw (K, C R S)  = dy (K, N P Q)         times the patches of x turned (N P Q, C R S)
//
// blockIdx.z is the group. The gradient with respect to the weights has a long depth, N P Q, and a small result, so its
// depth is cut into parts as well: blockIdx.z then is the group and the part, and the parts' results
// (parts, K, C/groups, R, S) are summed afterwards.
#pragma once
#include "tile_product.cuh"

struct Convolution {
    int samples, channels, height, width;     // x
    int outputs;                              // K of y
    int groupChannels, groupOutputs;          // C / groups, K / groups
    int padTop, padLeft;
    Divisor strideY, strideX;
    Divisor kernelArea, kernelWidth;          // R S, S
    Divisor outArea, outWidth;                // P Q, Q
    Divisor mapArea, mapWidth;                // H W, W

    DEVICE int kernelHeight() const { return kernelArea.value / kernelWidth.value; }
    DEVICE int outHeight() const { return outArea.value / outWidth.value; }
};

// Splits an index into (outer, row, column), of which area and width are the inner extents.
struct Place {
    int outer, row, column;

    DEVICE Place(int index, const Divisor& area, const Divisor& width) {
        outer = area.quotient(index);
        int inner = index - outer * area.value;
        row = width.quotient(inner);
        column = inner - row * width.value;
    }
};

// The patches of a group's x: columns are outputs (n, p, q), depths are weights (c, r, s).
struct Patches {
    static constexpr bool DEPTH_FIRST = false;
    struct Cursor {
        const float* maps;  // of the sample; null outside
        int top, left;      // of the patch
    };
    const Convolution& s;
    const float* x;  // stands at the group's first channel

    DEVICE Cursor at(int output) const {
        if (output >= s.samples * s.outArea.value) {
            return {nullptr, 0, 0};
        }
        Place o(output, s.outArea, s.outWidth);
        return {x + (long long)o.outer * s.channels * s.mapArea.value, o.row * s.strideY.value - s.padTop,
                o.column * s.strideX.value - s.padLeft};
    }
    DEVICE float get(const Cursor& c, int weight) const {
        Place k(weight, s.kernelArea, s.kernelWidth);
        int h = c.top + k.row, w = c.left + k.column;
        bool inside = c.maps && h >= 0 && h < s.height && w >= 0 && w < s.width;
        return inside ? c.maps[k.outer * s.mapArea.value + h * s.width + w] : 0;
    }
};

// The same, turned: columns are weights (c, r, s), depths are outputs (n, p, q).
struct PatchesTurned {
    static constexpr bool DEPTH_FIRST = true;
    struct Cursor {
        const float* map;  // of the channel, in the first sample; null outside
        int top, left;     // where the weight stands in the patch, less the padding
    };
    const Convolution& s;
    const float* x;

    DEVICE Cursor at(int weight) const {
        if (weight >= s.groupChannels * s.kernelArea.value) {
            return {nullptr, 0, 0};
        }
        Place k(weight, s.kernelArea, s.kernelWidth);
        return {x + k.outer * s.mapArea.value, k.row - s.padTop, k.column - s.padLeft};
    }
    DEVICE float get(const Cursor& c, int output) const {
        Place o(output, s.outArea, s.outWidth);
        int h = c.top + o.row * s.strideY.value, w = c.left + o.column * s.strideX.value;
        bool inside = c.map && h >= 0 && h < s.height && w >= 0 && w < s.width;
        return inside ? c.map[(long long)o.outer * s.channels * s.mapArea.value + h * s.width + w] : 0;
    }
};

// A group's weights turned: rows are channels c, depths are (k, r, s).
struct WeightsTurned {
    static constexpr bool DEPTH_FIRST = true;
    typedef const float* Cursor;
    const Convolution& s;
    const float* w;  // stands at the group's first output

    DEVICE Cursor at(int channel) const {
        return channel < s.groupChannels ? w + channel * s.kernelArea.value : nullptr;
    }
    DEVICE float get(const Cursor& c, int depth) const {
        int k = s.kernelArea.quotient(depth);
        return c ? c[(long long)k * (s.groupChannels - 1) * s.kernelArea.value + depth] : 0;
    }
};

// The outputs that x's elements reach: columns are elements (n, h, w), depths are (k, r, s).
struct Reach {
    static constexpr bool DEPTH_FIRST = false;
    struct Cursor {
        const float* maps;  // of the sample; null outside
        int bottom, right;  // the element's place in the padded map
    };
    const Convolution& s;
    const float* dy;  // stands at the group's first output

    DEVICE Cursor at(int element) const {
        if (element >= s.samples * s.mapArea.value) {
            return {nullptr, 0, 0};
        }
        Place e(element, s.mapArea, s.mapWidth);
        return {dy + (long long)e.outer * s.outputs * s.outArea.value, e.row + s.padTop, e.column + s.padLeft};
    }
    DEVICE float get(const Cursor& c, int depth) const {
        Place k(depth, s.kernelArea, s.kernelWidth);
        int down = c.bottom - k.row, across = c.right - k.column;
        if (!c.maps || down < 0 || across < 0) {
            return 0;
        }
        int p = s.strideY.quotient(down), q = s.strideX.quotient(across);
        bool reached = p * s.strideY.value == down && q * s.strideX.value == across && p < s.outHeight() &&
                       q < s.outWidth.value;
        return reached ? c.maps[k.outer * s.outArea.value + p * s.outWidth.value + q] : 0;
    }
};

// A group's dy: rows are outputs k, depths are (n, p, q).
struct OutputGradient {
    static constexpr bool DEPTH_FIRST = true;
    typedef const float* Cursor;
    const Convolution& s;
    const float* dy;

    DEVICE Cursor at(int k) const { return k < s.groupOutputs ? dy + k * s.outArea.value : nullptr; }
    DEVICE float get(const Cursor& c, int output) const {
        int n = s.outArea.quotient(output);
        return c ? c[(long long)n * (s.outputs - 1) * s.outArea.value + output] : 0;
    }
};

// Writes a group's maps (N, maps of all groups, area): rows are maps, columns are (n, place).
struct MapsResult {
    float* maps;        // stands at the group's first map
    const float* bias;  // likewise; null for none
    int allMaps;
    const Divisor& area;
    int relu;

    DEVICE long long at(int column) const {
        int n = area.quotient(column);
        return (long long)n * allMaps * area.value + (column - n * area.value);
    }
    DEVICE void put(int map, long long place, float sum) const {
        maps[(long long)map * area.value + place] = finish(sum, bias, map, relu);
    }
};

// y = x * w + bias, followed by ReLU if relu is 1; bias (K) may be null.
template <class T>
DEVICE void forward(T& tiles, const float* x, const float* w, const float* bias, float* y, const Convolution& s,
                    int relu) {
    int group = blockIdx.z;
    int depth = s.groupChannels * s.kernelArea.value;
    int firstOutput = group * s.groupOutputs;
    MatrixOperand<true> weights = {w + (long long)firstOutput * depth, s.groupOutputs, depth};
    Patches patches = {s, x + (long long)group * s.groupChannels * s.mapArea.value};
    MapsResult result = {y + (long long)firstOutput * s.outArea.value, bias ? bias + firstOutput : nullptr, s.outputs,
                         s.outArea, relu};
    tileProduct(tiles, weights, patches, result, s.groupOutputs, s.samples * s.outArea.value, 0, depth);
}

// dx, the gradient with respect to x.
template <class T>
DEVICE void backwardData(T& tiles, const float* dy, const float* w, float* dx, const Convolution& s) {
    int group = blockIdx.z;
    int firstOutput = group * s.groupOutputs;
    WeightsTurned weights = {s, w + (long long)firstOutput * s.groupChannels * s.kernelArea.value};
    Reach reach = {s, dy + (long long)firstOutput * s.outArea.value};
    MapsResult result = {dx + (long long)group * s.groupChannels * s.mapArea.value, nullptr, s.channels, s.mapArea,
                         0};
    tileProduct(tiles, weights, reach, result, s.groupChannels, s.samples * s.mapArea.value, 0,
                s.groupOutputs * s.kernelArea.value);
}

// The gradient with respect to w in parts: dw (parts, K, C/groups, R, S), each part over chunk outputs (n, p, q).
template <class T>
DEVICE void backwardWeights(T& tiles, const float* x, const float* dy, float* dw, const Convolution& s, int groups,
                            int chunk) {
    int part = blockIdx.z / groups, group = blockIdx.z - part * groups;
    int weights = s.groupChannels * s.kernelArea.value;
    int firstOutput = group * s.groupOutputs;
    int begin = part * chunk, end = min(begin + chunk, s.samples * s.outArea.value);
    OutputGradient gradient = {s, dy + (long long)firstOutput * s.outArea.value};
    PatchesTurned patches = {s, x + (long long)group * s.groupChannels * s.mapArea.value};
    MatrixResult result = {dw + ((long long)part * s.outputs + firstOutput) * weights, nullptr, weights, 0};
    tileProduct(tiles, gradient, patches, result, s.groupOutputs, weights, begin, end);
}

// Launch: a block per tile of y, dx or dw. Along z there are groups, for dw groups times parts.
#define CONVOLUTIONS(size, T)                                                                                          \
    KERNEL(convolution_forward_##size)(const float* __restrict__ x, const float* __restrict__ w,                       \
                                       const float* __restrict__ bias, float* __restrict__ y, Convolution s,           \
                                       int relu) {                                                                     \
        __shared__ T tiles;                                                                                            \
        forward(tiles, x, w, bias, y, s, relu);                                                                        \
    }                                                                                                                  \
    KERNEL(convolution_data_##size)(const float* __restrict__ dy, const float* __restrict__ w,                         \
                                    float* __restrict__ dx, Convolution s) {                                           \
        __shared__ T tiles;                                                                                            \
        backwardData(tiles, dy, w, dx, s);                                                                             \
    }                                                                                                                  \
    KERNEL(convolution_weights_##size)(const float* __restrict__ x, const float* __restrict__ dy,                      \
                                       float* __restrict__ dw, Convolution s, int groups, int chunk) {                 \
        __shared__ T tiles;                                                                                            \
        backwardWeights(tiles, x, dy, dw, s, groups, chunk);                                                           \
    }
