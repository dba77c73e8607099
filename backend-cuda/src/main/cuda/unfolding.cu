// The elements of each window over x (N, C, H, W) as columns y (N, C * size, P, Q), size being the window's elements, and
// the sums of columns over the places that an element has in them.
#include "windows.cuh"

// y[n, c * size + k, p, q] = element k of the window (p, q) over x[n, c], 0 in the padding.
// Launch: over elements, of y.
KERNEL(unfold)(const float* __restrict__ x, float* __restrict__ y, Windows s, Divisor size, int count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        int plane, p, q;
        split((int)i, s.outArea, s.outWidth, plane, p, q);
        int map = size.quotient(plane);
        int element = plane - map * size.value;
        int row = s.windowWidth.quotient(element);
        int h = p * s.strideY.value - s.padTop + row;
        int w = q * s.strideX.value - s.padLeft + element - row * s.windowWidth.value;
        bool inside = h >= 0 && h < s.mapHeight && w >= 0 && w < s.mapWidth.value;
        y[i] = inside ? x[(long long)map * s.mapArea.value + h * s.mapWidth.value + w] : 0;
    }
}

// dx = the sum of dy over the places of each element. Gathered, so that no two threads add to one place.
// Launch: over elements, of dx.
KERNEL(fold)(const float* __restrict__ dy, float* __restrict__ dx, Windows s, Divisor size, int count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        int map, h, w;
        split((int)i, s.mapArea, s.mapWidth, map, h, w);
        Rectangle r = outputsOver(s, h, w);
        const float* columns = dy + (long long)map * size.value * s.outArea.value;
        float sum = 0;
        for (int p = r.top; p < r.bottom; p++) {
            for (int q = r.left; q < r.right; q++) {
                int row = h + s.padTop - p * s.strideY.value;
                int column = w + s.padLeft - q * s.strideX.value;
                int element = row * s.windowWidth.value + column;
                sum += columns[(long long)element * s.outArea.value + p * s.outWidth.value + q];
            }
        }
        dx[i] = sum;
    }
}
