// Max and average pooling of x (N, C, H, W) to y (N, C, P, Q). A map's windows are cut to the map: padding never
// counts. The gradients are gathered, by the thread of an element of dx over the few windows that hold it, so no two
// threads add to one element.
#include "windows.cuh"

// A place is an element's position in its window, row by row; windows of more elements than it can count need a wider
// type. The greatest element of a window has no place if it is NaN: then nothing gets the window's gradient.
template <class Place>
DEVICE Place noPlace() {
    return (Place)-1;
}

// y = the greatest element of each window; places = the place of the first of these. One of the two may be null.
template <class Place>
DEVICE void maxPooling(const Element* x, Element* y, Place* places, const Windows& s, int count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        int map, p, q;
        split((int)i, s.outArea, s.outWidth, map, p, q);
        const Element* elements = x + (long long)map * s.mapArea.value;
        Rectangle r = windowOf(s, p, q);
        float greatest = get(elements[r.top * s.mapWidth.value + r.left]);
        int winner = r.top * s.mapWidth.value + r.left;
        for (int h = r.top; h < r.bottom; h++) {
            for (int w = r.left; w < r.right; w++) {
                int at = h * s.mapWidth.value + w;
                float element = get(elements[at]);
                winner = element > greatest ? at : winner;
                greatest = element > greatest ? element : greatest;
            }
        }
        if (y) {
            put(y + i, greatest);
        }
        if (places) {
            int row = s.mapWidth.quotient(winner), column = winner - row * s.mapWidth.value;
            int place = (row + s.padTop - p * s.strideY.value) * s.windowWidth.value + column + s.padLeft -
                        q * s.strideX.value;
            places[i] = greatest == greatest ? (Place)place : noPlace<Place>();
        }
    }
}

// Launch: over elements, of y.
KERNEL(max_pooling)(const Element* __restrict__ x, Element* __restrict__ y, unsigned char* __restrict__ places, Windows s,
                    int count) {
    maxPooling(x, y, places, s, count);
}

// As max_pooling, for large windows.
// Launch: over elements, of y.
KERNEL(max_pooling_wide)(const Element* __restrict__ x, Element* __restrict__ y, unsigned* __restrict__ places, Windows s,
                         int count) {
    maxPooling(x, y, places, s, count);
}

// As max_pooling, for windows of 3 x 3 elements, which are all loaded at once.
// Launch: over elements, of y.
KERNEL(max_pooling_3)(const Element* __restrict__ x, Element* __restrict__ y, unsigned char* __restrict__ places,
                      Windows s, int count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        int map, p, q;
        split((int)i, s.outArea, s.outWidth, map, p, q);
        int top = p * s.strideY.value - s.padTop, left = q * s.strideX.value - s.padLeft;
        const Element* corner = x + (map * s.mapArea.value + top * s.mapWidth.value + left);
        // The first element in the map is the greatest until another one is greater, which one outside never is.
        int place = max(-top, 0) * 3 + max(-left, 0);
        float greatest = get(corner[max(-top, 0) * s.mapWidth.value + max(-left, 0)]);
        float elements[9];
#pragma unroll
        for (int j = 0; j < 9; j++) {
            int h = top + j / 3, w = left + j % 3;
            bool inside = (h >= 0) & (h < s.mapHeight) & (w >= 0) & (w < s.mapWidth.value);
            elements[j] = inside ? get(corner[j / 3 * s.mapWidth.value + j % 3]) : -INFINITY;
        }
#pragma unroll
        for (int j = 0; j < 9; j++) {
            place = elements[j] > greatest ? j : place;
            greatest = elements[j] > greatest ? elements[j] : greatest;
        }
        if (y) {
            put(y + i, greatest);
        }
        if (places) {
            places[i] = greatest == greatest ? place : noPlace<unsigned char>();
        }
    }
}

// Each window's gradient goes to its greatest element. With rectified, the y of a maximum of what ReLU made, dx is the
// gradient before that; otherwise rectified is null.
template <class Place>
DEVICE void maxPoolingBackward(const Place* places, const Element* rectified, const Element* dy, Element* dx,
                               const Windows& s, int count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        int map, h, w;
        split((int)i, s.mapArea, s.mapWidth, map, h, w);
        int outputs = map * s.outArea.value;
        Rectangle over = outputsOver(s, h, w);
        float gradient = 0;
        for (int p = over.top; p < over.bottom; p++) {
            int row = (h + s.padTop - p * s.strideY.value) * s.windowWidth.value;
            for (int q = over.left; q < over.right; q++) {
                int output = outputs + p * s.outWidth.value + q;
                if (places[output] == (Place)(row + w + s.padLeft - q * s.strideX.value) &&
                    (!rectified || get(rectified[output]) > 0)) {
                    gradient += get(dy[output]);
                }
            }
        }
        put(dx + i, gradient);
    }
}

// Launch: over elements, of dx.
KERNEL(max_pooling_backward)(const unsigned char* __restrict__ places, const Element* __restrict__ rectified,
                             const Element* __restrict__ dy, Element* __restrict__ dx, Windows s, int count) {
    maxPoolingBackward(places, rectified, dy, dx, s, count);
}

// Launch: over elements, of dx.
KERNEL(max_pooling_wide_backward)(const unsigned* __restrict__ places, const Element* __restrict__ rectified,
                                  const Element* __restrict__ dy, Element* __restrict__ dx, Windows s, int count) {
    maxPoolingBackward(places, rectified, dy, dx, s, count);
}

// As max_pooling_backward, for windows of 3 x 3 elements, 2 apart. A thread computes four elements of a column: those in
// the first and the second row of the windows that begin there, in two rows of windows. fours is their number in a map.
// Launch: over elements, which are such fours here.
KERNEL(max_pooling_3_backward)(const unsigned char* __restrict__ places, const Element* __restrict__ rectified,
                               const Element* __restrict__ dy, Element* __restrict__ dx, Windows s, Divisor fours,
                               int count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        int map, p, w;
        split((int)i, fours, s.mapWidth, map, p, w);
        p *= 2;
        int q = (w + s.padLeft) >> 1, column = (w + s.padLeft) & 1;
        int output = map * s.outArea.value + (p - 1) * s.outWidth.value + q;
        bool here = q < s.outWidth.value, before = (column == 0) & (q >= 1) & (q <= s.outWidth.value);
        float elements[4] = {0, 0, 0, 0};
        // The row of windows above, and the two that begin here; of each the window to the left, then the one here.
#pragma unroll
        for (int row = 0; row < 3; row++) {
            bool exists = (p + row >= 1) & (p + row <= s.outHeight);
#pragma unroll
            for (int back = 1; back >= 0; back--) {
                bool holds = exists & (back ? before : here);
                int at = output + row * s.outWidth.value - back;
                int place = holds ? places[at] : noPlace<unsigned char>();
                float gradient = holds ? get(dy[at]) : 0;
                if (rectified) {
                    gradient = holds && get(rectified[at]) > 0 ? gradient : 0;
                }
                int first = column + 2 * back;
                if (row > 0) {
                    elements[2 * row - 2] += place == first ? gradient : 0;
                    elements[2 * row - 1] += place == 3 + first ? gradient : 0;
                }
                if (row < 2) {
                    elements[2 * row] += place == 6 + first ? gradient : 0;
                }
            }
        }
        int top = 2 * p - s.padTop;
        Element* to = dx + (map * s.mapArea.value + top * s.mapWidth.value + w);
#pragma unroll
        for (int j = 0; j < 4; j++) {
            if (top + j >= 0 && top + j < s.mapHeight) {
                put(to + j * s.mapWidth.value, elements[j]);
            }
        }
    }
}

// y = the mean of the elements of each window.
// Launch: over elements, of y.
KERNEL(average_pooling)(const Element* __restrict__ x, Element* __restrict__ y, Windows s, int count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        int map, p, q;
        split((int)i, s.outArea, s.outWidth, map, p, q);
        const Element* elements = x + (long long)map * s.mapArea.value;
        Rectangle r = windowOf(s, p, q);
        float sum = 0;
        for (int h = r.top; h < r.bottom; h++) {
            for (int w = r.left; w < r.right; w++) {
                sum += get(elements[h * s.mapWidth.value + w]);
            }
        }
        put(y + i, sum / (float)((r.bottom - r.top) * (r.right - r.left)));
    }
}

// Each window's gradient, shared equally by its elements.
// Launch: over elements, of dx.
KERNEL(average_pooling_backward)(const Element* __restrict__ dy, Element* __restrict__ dx, Windows s, int count) {
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
                gradient += get(dy[outputs + p * s.outWidth.value + q]) / elements;
            }
        }
        put(dx + i, gradient);
    }
}
