// Local response normalization across maps, for the paper's neighbourhood of 5 maps and its exponent of 0.75. A thread
// computes SEGMENT maps at one place; its warp's threads are at neighbouring places, so that each map is read as whole
// lines. The maps and those around them are in registers, all loads being under way at once. Every sum is taken anew:
// a running sum would keep an infinity or a NaN, and the rounding of all that was ever in it.
#include "normalizations.cuh"

// Maps of a thread. Segments lie next to each other in a block, so that the maps around one are found in the cache.
constexpr int SEGMENT = 16;
// Neighbouring places of a block; the rest of its threads compute other segments.
constexpr int PLACES = 64;
constexpr int HALF = 2;

struct Across {
    Divisor area;           // H W
    Divisor segments;       // of a sample
    Divisor groupSegments;  // of a group
    int groupMaps;          // C / groups
    int channels;           // C
    int places;             // N H W
    float alpha, k;
    float slope;  // 2 alpha beta
};

// Where a thread's first map is, and which maps around it, counted from there, are in its group.
struct Segment {
    unsigned first;
    int before, end;

    // Where its map is; beyond the group that may be nowhere.
    DEVICE unsigned at(const Across& s, int map) const { return first + (unsigned)map * s.area.value; }
    DEVICE bool has(int map) const { return map < 0 ? map >= before : map < end; }
};

// The calling thread's segment, or false if it has none.
DEVICE bool segmentOf(const Across& s, Segment& segment) {
    int item = blockIdx.x * (BLOCK / PLACES) + threadIdx.x / PLACES;
    int tile = s.segments.quotient(item);
    int place = tile * PLACES + threadIdx.x % PLACES;
    if (place >= s.places) {
        return false;
    }
    int inSample = item - tile * s.segments.value;
    int group = s.groupSegments.quotient(inSample);
    int inGroup = (inSample - group * s.groupSegments.value) * SEGMENT;
    int sample = s.area.quotient(place);
    int map = sample * s.channels + group * s.groupMaps + inGroup;
    segment.first = (unsigned)map * s.area.value + (place - sample * s.area.value);
    segment.before = -inGroup;
    segment.end = s.groupMaps - inGroup;
    return true;
}

// The maps from -AROUND on, 0 where the group has none.
template <int AROUND>
DEVICE void loadMaps(const Across& s, const Segment& segment, const Element* from,
                     float (&maps)[SEGMENT + 2 * AROUND]) {
#pragma unroll
    for (int i = 0; i < SEGMENT + 2 * AROUND; i++) {
        maps[i] = segment.has(i - AROUND) ? get(from[segment.at(s, i - AROUND)]) : 0;
    }
}

// The sums of each five neighbours.
template <int N>
DEVICE void sumFives(const float (&numbers)[N], float (&sums)[N - 2 * HALF]) {
    float pairs[N - HALF];
#pragma unroll
    for (int i = 0; i < N - HALF; i++) {
        pairs[i] = numbers[i] + numbers[i + 1];
    }
#pragma unroll
    for (int i = 0; i < N - 2 * HALF; i++) {
        sums[i] = pairs[i] + pairs[i + 2] + numbers[i + 4];
    }
}

// d of each map but the outermost HALF, 0 being in place of those that the group has not.
template <int N>
DEVICE void denominators(const Across& s, const float (&maps)[N], float (&d)[N - 2 * HALF]) {
    float squares[N];
#pragma unroll
    for (int i = 0; i < N; i++) {
        squares[i] = maps[i] * maps[i];
    }
    sumFives(squares, d);
#pragma unroll
    for (int i = 0; i < N - 2 * HALF; i++) {
        d[i] = s.k + s.alpha * d[i];
    }
}

// y = x / d^0.75
// Launch: a block for every BLOCK / PLACES segments at PLACES places.
KERNEL(response_normalization_across_5)(const Element* __restrict__ x, Element* __restrict__ y, Across s) {
    Segment segment;
    if (!segmentOf(s, segment)) {
        return;
    }
    float maps[SEGMENT + 2 * HALF];
    loadMaps<HALF>(s, segment, x, maps);
    float d[SEGMENT];
    denominators(s, maps, d);
#pragma unroll
    for (int i = 0; i < SEGMENT; i++) {
        float inverse;
        float result = maps[i + HALF] * powerOfThreeQuarters(d[i], inverse);
        if (segment.has(i)) {
            put(y + segment.at(s, i), result);
        }
    }
}

// The gradient, where x is not above 0 times slopeBelow: 1, or 0 for the gradient before the ReLU that made x. y is
// computed again rather than read.
// Launch: as above.
KERNEL(response_normalization_across_5_backward)(const Element* __restrict__ x, const Element* __restrict__ dy,
                                                 Element* __restrict__ dx, float slopeBelow, Across s) {
    Segment segment;
    if (!segmentOf(s, segment)) {
        return;
    }
    float maps[SEGMENT + 4 * HALF];
    float direct[SEGMENT + 2 * HALF];
    loadMaps<2 * HALF>(s, segment, x, maps);
    loadMaps<HALF>(s, segment, dy, direct);
    float d[SEGMENT + 2 * HALF];
    denominators(s, maps, d);
    float ratios[SEGMENT + 2 * HALF];
#pragma unroll
    for (int i = 0; i < SEGMENT + 2 * HALF; i++) {
        float inverse;
        direct[i] *= powerOfThreeQuarters(d[i], inverse);
        ratios[i] = direct[i] * maps[i + HALF] * inverse;
    }
    float sums[SEGMENT];
    sumFives(ratios, sums);
#pragma unroll
    for (int i = 0; i < SEGMENT; i++) {
        float element = maps[i + 2 * HALF];
        float gradient = direct[i + HALF] - s.slope * element * sums[i];
        if (segment.has(i)) {
            put(dx + segment.at(s, i), gradient * (element > 0 ? 1 : slopeBelow));
        }
    }
}
