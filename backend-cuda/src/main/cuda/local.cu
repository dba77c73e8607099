// Locally connected layers: what stands around a batch of matrix products, one for each place of the output.
// windows (places, N, C * size) are the elements of each window over x (N, C, H, W), and sums (places, N, K) what the
// products leave.
#include "windows.cuh"

struct Places {
    Windows windows;
    Divisor size;               // of a window, in one map
    Divisor inputs;             // C * size
    Divisor samples, channels;  // N, C
};

// windows = the elements of each window over x, 0 in the padding.
// Launch: over elements, of windows.
KERNEL(local_windows)(const Word* __restrict__ x, Word* __restrict__ windows, Places s, int count) {
    const Windows& shape = s.windows;
    for (long long i = firstElement(); i < count; i += elementStep()) {
        int row = s.inputs.quotient((int)i);
        int input = (int)i - row * s.inputs.value;
        int place = s.samples.quotient(row);
        int sample = row - place * s.samples.value;
        int channel = s.size.quotient(input);
        int element = input - channel * s.size.value;
        int p = shape.outWidth.quotient(place);
        int a = shape.windowWidth.quotient(element);
        int h = p * shape.strideY.value - shape.padTop + a;
        int w = (place - p * shape.outWidth.value) * shape.strideX.value - shape.padLeft + element -
                a * shape.windowWidth.value;
        bool inside = h >= 0 && h < shape.mapHeight && w >= 0 && w < shape.mapWidth.value;
        long long map = (long long)sample * s.channels.value + channel;
        windows[i] = inside ? x[map * shape.mapArea.value + h * shape.mapWidth.value + w] : 0;
    }
}

// dx = the sum of the windows' gradients over the places of each element. Gathered, so that no two threads add to one
// place.
// Launch: over elements, of dx.
KERNEL(local_windows_backward)(const Element* __restrict__ windows, Element* __restrict__ dx, Places s, int count) {
    const Windows& shape = s.windows;
    for (long long i = firstElement(); i < count; i += elementStep()) {
        int map, h, w;
        split((int)i, shape.mapArea, shape.mapWidth, map, h, w);
        int sample = s.channels.quotient(map);
        int first = (map - sample * s.channels.value) * s.size.value;
        Rectangle r = outputsOver(shape, h, w);
        float sum = 0;
        for (int p = r.top; p < r.bottom; p++) {
            for (int q = r.left; q < r.right; q++) {
                int a = h + shape.padTop - p * shape.strideY.value;
                int b = w + shape.padLeft - q * shape.strideX.value;
                long long row = (long long)(p * shape.outWidth.value + q) * s.samples.value + sample;
                sum += get(windows[row * s.inputs.value + first + a * shape.windowWidth.value + b]);
            }
        }
        put(dx + i, sum);
    }
}

// y (N, K, places) = sums (places, N, K) + bias (K, places) unless null, followed by ReLU if relu is 1.
// Launch: over elements, of y.
KERNEL(local_outputs)(const float* __restrict__ sums, const float* __restrict__ bias, Element* __restrict__ y,
                      Divisor places, Divisor kernels, int samples, int relu, int count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        int map = places.quotient((int)i);
        int place = (int)i - map * places.value;
        int sample = kernels.quotient(map);
        int kernel = map - sample * kernels.value;
        float sum = sums[((long long)place * samples + sample) * kernels.value + kernel];
        if (bias) {
            sum += bias[(long long)kernel * places.value + place];
        }
        put(y + i, relu ? applyUnary(RELU, sum) : sum);
    }
}
