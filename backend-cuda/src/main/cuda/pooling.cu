// Max and average pooling of x (N, C, H, W) to y (N, C, P, Q). A map's windows are cut to the map: padding never
// counts. The gradients are gathered, one thread for each element of dx over the few windows that hold it, so no two
// threads add to one place.
#include "common.cuh"

struct Pooling {
    Divisor mapWidth, mapArea;  // W, H W
    Divisor outWidth, outArea;  // Q, P Q
    int windowHeight, windowWidth;
    Divisor strideY, strideX;
    int padTop, padLeft;

    DEVICE int mapHeight() const { return mapArea.value / mapWidth.value; }
    DEVICE int outHeight() const { return outArea.value / outWidth.value; }
};

// Rows top to bottom - 1 and columns left to right - 1.
struct Rectangle {
    int top, bottom, left, right;
};

// The elements of the map in the window of output (p, q).
DEVICE Rectangle windowOf(const Pooling& s, int p, int q) {
    int top = p * s.strideY.value - s.padTop, left = q * s.strideX.value - s.padLeft;
    return {max(top, 0), min(top + s.windowHeight, s.mapHeight()), max(left, 0),
            min(left + s.windowWidth, s.mapWidth.value)};
}

// The first window along one axis that reaches the map's position, and the one after the last.
DEVICE void windowsOver(int position, int pad, int window, const Divisor& stride, int windows, int& first, int& end) {
    int reach = position + pad;
    first = reach < window ? 0 : stride.quotient(reach - window) + 1;
    end = min(stride.quotient(reach) + 1, windows);
}

// The outputs whose windows hold the map's element (h, w).
DEVICE Rectangle outputsOver(const Pooling& s, int h, int w) {
    Rectangle r;
    windowsOver(h, s.padTop, s.windowHeight, s.strideY, s.outHeight(), r.top, r.bottom);
    windowsOver(w, s.padLeft, s.windowWidth, s.strideX, s.outWidth.value, r.left, r.right);
    return r;
}

// Splits an element's index into its map, row and column.
DEVICE void split(int index, const Divisor& area, const Divisor& width, int& map, int& row, int& column) {
    map = area.quotient(index);
    int place = index - map * area.value;
    row = width.quotient(place);
    column = place - row * width.value;
}

// y = the greatest element of each window.
// Launch: over elements, of y.
KERNEL(max_pooling)(const float* __restrict__ x, float* __restrict__ y, Pooling s, int count) {
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
                             float* __restrict__ dx, Pooling s, int count) {
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
KERNEL(average_pooling)(const float* __restrict__ x, float* __restrict__ y, Pooling s, int count) {
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
KERNEL(average_pooling_backward)(const float* __restrict__ dy, float* __restrict__ dx, Pooling s, int count) {
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
