// Local response normalization of x (N, C, H, W) (paper, section 3.3). With N(p) the neighbourhood of element p and
// d[p] = k + alpha * sum over q in N(p) of x[q]^2:
//
//   y[p]  = x[p] * d[p]^-beta
//   dx[p] = dy[p] * d[p]^-beta - 2 alpha beta x[p] * sum over q in N(p) of dy[q] * y[q] / d[q]
//
// The neighbourhood is symmetric: q is in N(p) exactly if p is in N(q).
#include "common.cuh"

struct Normalization {
    Divisor width, area;   // W, H W
    Divisor channels;      // C
    Divisor groupChannels; // C / groups
    int withinMap;         // 1: half rows and columns around in the same map; 0: half adjacent maps of the same group
    int half;
    float alpha, beta, k;
};

// An element's neighbourhood: rows x columns elements, from first on, rows being rowStep apart and columns 1.
struct Neighbourhood {
    long long first;
    int rows, columns;
    int rowStep;
};

DEVICE Neighbourhood around(const Normalization& s, int index) {
    int map = s.area.quotient(index);
    int place = index - map * s.area.value;
    if (s.withinMap) {
        int height = s.area.value / s.width.value;
        int row = s.width.quotient(place), column = place - row * s.width.value;
        int top = max(row - s.half, 0), left = max(column - s.half, 0);
        return {(long long)map * s.area.value + top * s.width.value + left, min(row + s.half, height - 1) - top + 1,
                min(column + s.half, s.width.value - 1) - left + 1, s.width.value};
    }
    int sample = s.channels.quotient(map);
    int channel = map - sample * s.channels.value;
    int groupFirst = s.groupChannels.quotient(channel) * s.groupChannels.value;
    int first = max(channel - s.half, groupFirst);
    int last = min(channel + s.half, groupFirst + s.groupChannels.value - 1);
    return {(long long)(map - channel + first) * s.area.value + place, last - first + 1, 1, s.area.value};
}

DEVICE float denominator(const Normalization& s, const float* x, const Neighbourhood& n) {
    float squares = 0;
    for (int row = 0; row < n.rows; row++) {
        for (int column = 0; column < n.columns; column++) {
            float neighbour = x[n.first + (long long)row * n.rowStep + column];
            squares += neighbour * neighbour;
        }
    }
    return s.k + s.alpha * squares;
}

// y, as above.
// Launch: over elements.
KERNEL(response_normalization)(const float* __restrict__ x, float* __restrict__ y, Normalization s, int count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        y[i] = x[i] * powf(denominator(s, x, around(s, (int)i)), -s.beta);
    }
}

// First half of the gradient: ratio = dy * y / d and direct = dy * d^-beta.
// Launch: over elements.
KERNEL(response_normalization_ratio)(const float* __restrict__ x, const float* __restrict__ y,
                                     const float* __restrict__ dy, float* __restrict__ ratio,
                                     float* __restrict__ direct, Normalization s, int count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        float d = denominator(s, x, around(s, (int)i));
        ratio[i] = dy[i] * y[i] / d;
        direct[i] = dy[i] * powf(d, -s.beta);
    }
}

// Second half: dx holds the direct part; 2 alpha beta x * (the sum of the neighbours' ratios) is subtracted from it.
// Launch: over elements.
KERNEL(response_normalization_backward)(const float* __restrict__ x, const float* __restrict__ ratio,
                                        float* __restrict__ dx, Normalization s, int count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        Neighbourhood n = around(s, (int)i);
        float sum = 0;
        for (int row = 0; row < n.rows; row++) {
            for (int column = 0; column < n.columns; column++) {
                sum += ratio[n.first + (long long)row * n.rowStep + column];
            }
        }
        dx[i] -= 2 * s.alpha * s.beta * x[i] * sum;
    }
}
