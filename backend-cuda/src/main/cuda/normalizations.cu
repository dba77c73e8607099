// Local response normalization for any neighbourhood and exponent.
#include "normalizations.cuh"

struct Normalization {
    Divisor width, area;    // W, H W
    Divisor channels;       // C
    Divisor groupChannels;  // C / groups
    int height;             // H
    int withinMap;          // 1: half rows and columns around in the same map; 0: half adjacent maps of the same group
    int half;
    float alpha, beta, k;
};

// An element's neighbourhood: lines x length elements, from first on.
struct Neighbourhood {
    int first;
    int lines, length;
    int lineStep, step;
};

DEVICE Neighbourhood around(const Normalization& s, int index) {
    int map = s.area.quotient(index);
    int place = index - map * s.area.value;
    if (s.withinMap) {
        int row = s.width.quotient(place), column = place - row * s.width.value;
        int top = max(row - s.half, 0), left = max(column - s.half, 0);
        return {map * s.area.value + top * s.width.value + left, min(row + s.half, s.height - 1) - top + 1,
                min(column + s.half, s.width.value - 1) - left + 1, s.width.value, 1};
    }
    int channel = map - s.channels.quotient(map) * s.channels.value;
    int groupFirst = s.groupChannels.quotient(channel) * s.groupChannels.value;
    int first = max(channel - s.half, groupFirst);
    int last = min(channel + s.half, groupFirst + s.groupChannels.value - 1);
    return {(map - channel + first) * s.area.value + place, 1, last - first + 1, 0, s.area.value};
}

DEVICE float denominator(const Normalization& s, const Element* x, const Neighbourhood& n) {
    float squares = 0;
    const Element* line = x + n.first;
    for (int i = 0; i < n.lines; i++) {
        const Element* neighbour = line;
        for (int j = 0; j < n.length; j++) {
            squares += get(*neighbour) * get(*neighbour);
            neighbour += n.step;
        }
        line += n.lineStep;
    }
    return s.k + s.alpha * squares;
}

// d^-beta, and 1 / d in inverse.
DEVICE float power(const Normalization& s, float d, float& inverse) {
    if (s.beta == 0.75f && s.k >= SMALLEST_NORMAL) {
        return powerOfThreeQuarters(d, inverse);
    }
    inverse = 1 / d;
    return powf(d, -s.beta);
}

// y, as above.
// Launch: over elements.
KERNEL(response_normalization)(const Element* __restrict__ x, Element* __restrict__ y, Normalization s, int count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        float inverse;
        put(y + i, get(x[i]) * power(s, denominator(s, x, around(s, (int)i)), inverse));
    }
}

// First half of the gradient: ratio = dy * y / d and direct = dy * d^-beta.
// Launch: over elements.
KERNEL(response_normalization_ratio)(const Element* __restrict__ x, const Element* __restrict__ dy,
                                     float* __restrict__ ratio, Element* __restrict__ direct, Normalization s,
                                     int count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        float inverse;
        float part = get(dy[i]) * power(s, denominator(s, x, around(s, (int)i)), inverse);
        ratio[i] = part * get(x[i]) * inverse;
        put(direct + i, part);
    }
}

// Second half: dx holds the direct part; 2 alpha beta x * (the sum of the neighbours' ratios) is subtracted from it.
// Launch: over elements.
KERNEL(response_normalization_backward)(const Element* __restrict__ x, const float* __restrict__ ratio,
                                        Element* __restrict__ dx, Normalization s, int count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        Neighbourhood n = around(s, (int)i);
        float sum = 0;
        const float* line = ratio + n.first;
        for (int j = 0; j < n.lines; j++) {
            const float* neighbour = line;
            for (int k = 0; k < n.length; k++) {
                sum += *neighbour;
                neighbour += n.step;
            }
            line += n.lineStep;
        }
        put(dx + i, get(dx[i]) - 2 * s.alpha * s.beta * get(x[i]) * sum);
    }
}
