// Max and average pooling of x (N, C, H, W) to y (N, C, P, Q). A map's windows are cut to the map: padding never
// counts. The gradients are gathered, one thread for each element of dx over the few windows that hold it, so no two
// threads add to one place.
#include "windows.cuh"

// y = the greatest element of each window.
// Launch: over elements, of y.
KERNEL(max_pooling)(const float* __restrict__ x, float* __restrict__ y, Windows s, int count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        int map, p, q;
        split((int)i, s.outArea, s.outWidth, map, p, q);
        const float* elements = x + (long long)map * s.mapArea.value;
        Rectangle r = windowOf(s, p, q);
        float greatest = elements[r.top * s.mapWidth.value + r.left];
        for (int h = r.top; h < r.bottom; h++) {
            for (int w = r.left; w < r.right; w++) {
                float element = elements[h * s.mapWidth.value + w];
                greatest = element > greatest ? element : greatest;
            }
        }
        y[i] = greatest;
    }
}

// Whether no element of the window before (h, w), row by row, equals its greatest.
DEVICE bool isFirst(const float* elements, int width, const Rectangle& r, int h, int w, float greatest) {
    for (int row = r.top; row <= h; row++) {
        int end = row == h ? w : r.right;
        for (int column = r.left; column < end; column++) {
            if (elements[row * width + column] == greatest) {
                return false;
            }
        }
    }
    return true;
}

// Each window's gradient goes to the first of its greatest elements.
// Launch: over elements, of dx.
KERNEL(max_pooling_backward)(const float* __restrict__ x, const float* __restrict__ y, const float* __restrict__ dy,
                             float* __restrict__ dx, Windows s, int count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        int map, h, w;
        split((int)i, s.mapArea, s.mapWidth, map, h, w);
        const float* elements = x + (long long)map * s.mapArea.value;
        long long outputs = (long long)map * s.outArea.value;
        Rectangle over = outputsOver(s, h, w);
        float gradient = 0;
        for (int p = over.top; p < over.bottom; p++) {
            for (int q = over.left; q < over.right; q++) {
                long long output = outputs + p * s.outWidth.value + q;
                float greatest = y[output];
                if (x[i] == greatest && isFirst(elements, s.mapWidth.value, windowOf(s, p, q), h, w, greatest)) {
                    gradient += dy[output];
                }
            }
        }
        dx[i] = gradient;
    }
}

// y = the mean of the elements of each window.
// Launch: over elements, of y.
KERNEL(average_pooling)(const float* __restrict__ x, float* __restrict__ y, Windows s, int count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        int map, p, q;
        split((int)i, s.outArea, s.outWidth, map, p, q);
        const float* elements = x + (long long)map * s.mapArea.value;
        Rectangle r = windowOf(s, p, q);
        float sum = 0;
        for (int h = r.top; h < r.bottom; h++) {
            for (int w = r.left; w < r.right; w++) {
                sum += elements[h * s.mapWidth.value + w];
            }
        }
        y[i] = sum / (float)((r.bottom - r.top) * (r.right - r.left));
    }
}

// Each window's gradient, shared equally by its elements.
// Launch: over elements, of dx.
KERNEL(average_pooling_backward)(const float* __restrict__ dy, float* __restrict__ dx, Windows s, int count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        int map, h, w;
        split((int)i, s.mapArea, s.mapWidth, map, h, w);
        long long outputs = (long long)map * s.outArea.value;
        Rectangle over = outputsOver(s, h, w);
        float gradient = 0;
        for (int p = over.top; p < over.bottom; p++) {
            for (int q = over.left; q < over.right; q++) {
                Rectangle r = windowOf(s, p, q);
                float elements = (float)((r.bottom - r.top) * (r.right - r.left));
                gradient += dy[outputs + p * s.outWidth.value + q] / elements;
            }
        }
        dx[i] = gradient;
    }
}
