// Copies of ranges along one axis (slices, concatenation, gathers), of axes in another order, and of moved maps. Elements are any type of 32 bits, or in bfloat16.
#include "common.cuh"

// to[o * toBlock + i] = from[o * fromBlock + i] for each outer position o and i below run: a run holds the copied
// positions of the axis and everything inside them; a block is the distance between outer positions. The pointers
// already stand at the first run.
// Launch: over elements.
KERNEL(copy_range)(const Word* __restrict__ from, Word* __restrict__ to, Divisor run, long long fromBlock,
                   long long toBlock, int count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        int outer = run.quotient((int)i);
        int inner = (int)i - outer * run.value;
        to[outer * toBlock + inner] = from[outer * fromBlock + inner];
    }
}

// The place in the source for each index in the result: a step for each axis of the result, outermost first.
struct Order {
    Divisor extent[6];  // 1 for axes that are not there
    int step[6];

    DEVICE int source(int index) const {
        int place = 0;
#pragma unroll  // with constant indices, the struct stays out of local memory
        for (int axis = 5; axis >= 0; axis--) {
            int outer = extent[axis].quotient(index);
            place += (index - outer * extent[axis].value) * step[axis];
            index = outer;
        }
        return place;
    }
};

// to = from with its axes in another order.
// Launch: over elements.
KERNEL(permute)(const Word* __restrict__ from, Word* __restrict__ to, Order order, int count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        to[i] = from[order.source((int)i)];
    }
}

// Copies each map of from (maps, fromHeight, fromWidth) into the map of to (maps, ..., ...) with the same index, moved
// by down rows and right columns, which may be negative. The rest of to is zero. toMap is the number of elements in a
// map of to, toWidth that of its columns.
// Launch: over elements, of to.
KERNEL(move_maps)(const Word* __restrict__ from, Word* __restrict__ to, int fromHeight, int fromWidth,
                  Divisor toMap, Divisor toWidth, int down, int right, int count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        int map = toMap.quotient((int)i);
        int inMap = (int)i - map * toMap.value;
        int row = toWidth.quotient(inMap);
        int y = row - down;
        int x = inMap - row * toWidth.value - right;
        bool comes = y >= 0 && y < fromHeight && x >= 0 && x < fromWidth;
        to[i] = comes ? from[((long long)map * fromHeight + y) * fromWidth + x] : 0;
    }
}
